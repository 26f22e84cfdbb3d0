namespace SniProxy.Core.Policies;

/// <summary>The rules of a policy in the order of the walk. The only thing that knows how they are found; walks ask it and nobody else.</summary>
internal sealed class RuleTable
{
    private readonly PolicyRule[] rules;

    /// <param name="rules">Ordered by priority, then by position.</param>
    public RuleTable(PolicyRule[] rules) => this.rules = rules;

    public static RuleTable Empty { get; } = new([]);

    public IReadOnlyList<PolicyRule> Rules => rules;

    public ReadOnlySpan<PolicyRule> InOrder => rules;
}
