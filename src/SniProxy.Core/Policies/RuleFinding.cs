using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies;

/// <summary>The first rule that matches, and how.</summary>
/// <param name="Order">Its place in the order of the walk.</param>
/// <param name="Match">How it matches.</param>
/// <param name="Decision">What it decides.</param>
/// <param name="Rule">The rule, or null where none matches.</param>
internal readonly record struct RuleFinding(int Order, RuleMatch Match, Decision Decision, PolicyRule? Rule)
{
    public static RuleFinding None => new(RuleSearch.None, RuleMatch.No, Decision.Deny, null);
}
