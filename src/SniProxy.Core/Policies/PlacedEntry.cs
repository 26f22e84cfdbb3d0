using SniProxy.Core.Contract;
using SniProxy.Core.Policies.Tables;

namespace SniProxy.Core.Policies;

/// <summary>
/// An entry of a rule's scope, with its rule and the rule's place in the order of the walk. What most verdicts need to know of both stands
/// here: with many entries, reading memory that lies apart is most of what a verdict costs.
/// </summary>
/// <param name="entry">The entry.</param>
/// <param name="rule">Its rule.</param>
/// <param name="order">The rule's place.</param>
/// <param name="pattern">The entry's pattern, if it is one that is packed.</param>
internal readonly struct PlacedEntry(RuleEntry entry, PolicyRule rule, int order, PackedPattern pattern)
{
    public RuleEntry Entry { get; } = entry;

    public PolicyRule Rule { get; } = rule;

    public PackedPattern Pattern { get; } = pattern;

    public int Order { get; } = order;

    public EntryTraffic Traffic { get; } = entry.Traffic;

    public Decision Decision { get; } = entry.Decision ?? Decision.Deny;

    public bool IsConditional { get; } = rule.Condition is not null;

    /// <summary>Its rule always holds and has no exceptions: where the entry fits, the rule matches.</summary>
    public bool IsUnqualified { get; } = rule.Condition is null && rule.Except.IsEmpty;
}
