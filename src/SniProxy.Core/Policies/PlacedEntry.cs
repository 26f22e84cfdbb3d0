namespace SniProxy.Core.Policies;

/// <summary>An entry of a rule's scope, with its rule and the rule's place in the order of the walk.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Rule">Its rule.</param>
/// <param name="Order">The rule's place.</param>
internal readonly record struct PlacedEntry(RuleEntry Entry, PolicyRule Rule, int Order)
{
    // Here and not only in the rule, which a verdict then need not look at: with many rules, it lies far away.
    public bool IsConditional { get; } = Rule.Condition is not null;

    /// <summary>Its rule always holds and has no exceptions: where the entry fits, the rule matches.</summary>
    public bool IsUnqualified { get; } = Rule.Condition is null && Rule.Except.IsEmpty;
}
