using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies;

/// <summary>Decision, reason and rule. The default value denies.</summary>
/// <param name="Decision">What is done.</param>
/// <param name="Reason">Why, also where a mode lets pass what enforce would deny: then it is the reason of the denial.</param>
/// <param name="Rule">The rule that decided, if one did.</param>
/// <param name="WouldDeny">True where shadow or observe let pass what enforce denies.</param>
public readonly record struct Verdict(Decision Decision, Reason Reason, PolicyRule? Rule = null, bool WouldDeny = false)
{
    public static Verdict Deny(Reason reason, PolicyRule? rule = null) => new(Decision.Deny, reason, rule);

    /// <summary>The rule's name, as events tell it; null where no rule decided, or a grant did.</summary>
    public string? RuleName => Rule is { Grant: null } ? Rule.Name : null;

    /// <summary>The id of the grant that decided, if one did.</summary>
    public string? GrantId => Rule?.Grant;

    public bool IsDenied => Decision == Decision.Deny;
}
