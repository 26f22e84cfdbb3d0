using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies;

/// <summary>All grants that stand for a sandbox at one moment, found as rules are. Immutable; see <see cref="Policy.With"/>.</summary>
public sealed class GrantTable
{
    /// <param name="grants">The first that matches is the one that is told.</param>
    public GrantTable(IEnumerable<GrantRule> grants) => Table = new RuleTable([.. grants.Select(Compile)]);

    internal RuleTable Table { get; }

    private static PolicyRule Compile(GrantRule grant) => new()
    {
        Name = $"grant {grant.Id}",
        Grant = grant.Id,
        Decision = Decision.Allow,
        Reason = grant.Reason,
        LiftsPrivate = grant.LiftsPrivate,
        Scope = [.. grant.Entries.Select(entry => new RuleEntry(entry, Decision.Allow))],
    };
}
