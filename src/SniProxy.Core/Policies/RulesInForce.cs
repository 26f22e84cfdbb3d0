namespace SniProxy.Core.Policies;

/// <summary>
/// The rules of a policy in the circumstances of one flow: those that do not hold are passed over. Two references and no more, so that what is
/// handed down to each look-up stays in registers.
/// </summary>
internal readonly ref struct RulesInForce(Policy policy, ref readonly Circumstances circumstances)
{
    private readonly ref readonly Circumstances circumstances = ref circumstances;

    public Policy Policy { get; } = policy;

    public RuleTable Table => Policy.Table;

    public bool HasGrants => Policy.GrantRules is not null;

    /// <summary>The grants before them; asked for only where there are some.</summary>
    public RulesInForce Grants => new(Policy.GrantRules ?? Policy, in circumstances);

    /// <summary>Of most entries it is known without a look at the circumstances, and without one at the rule, which may lie far away.</summary>
    public bool Holds(in PlacedEntry place) => !place.IsConditional || Holds(place.Rule);

    public bool Holds(PolicyRule rule) => rule.Condition is not { } condition || condition.Holds(circumstances);

    /// <summary>Why a rule does not hold; null for one that does.</summary>
    public string? Unmet(PolicyRule rule) => Holds(rule) ? null : rule.Condition?.Unmet(circumstances);
}
