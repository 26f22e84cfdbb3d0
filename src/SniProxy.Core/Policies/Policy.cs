using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies;

/// <summary>A compiled policy: immutable, shared, safe to read from any thread. Without rules it is its default, and that denies.</summary>
public sealed class Policy
{
    public required string Name { get; init; }

    public required long Revision { get; init; }

    /// <summary>False: a sandbox falls through to the next policy that applies to it.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>The mode the document asks for; the sandbox and the roll-out have their say too.</summary>
    public Mode Mode { get; init; }

    public Decision Default { get; init; }

    /// <summary>The share of sandboxes, in percent, in which <see cref="Contract.Mode.Enforce"/> is meant; the rest run in shadow. See <see cref="Policies.Rollout"/>.</summary>
    public int Rollout { get; init; } = 100;

    public EchHandling Ech { get; init; } = EchHandling.Strip;

    public QuicHandling Quic { get; init; }

    /// <summary>Null: the appliance's own.</summary>
    public PolicyDnsMode? DnsMode { get; init; }

    public RevokeHandling OnRevoke { get; init; }

    /// <summary>When the first of the rules ends: the policy must be compiled anew then. Null when none does.</summary>
    public DateTimeOffset? NextExpiry { get; init; }

    /// <summary>True where some rule holds only in certain <see cref="Circumstances"/>; else nobody needs to find out about them.</summary>
    public bool IsConditional { get; init; }

    /// <summary>False where no rule has <see cref="PolicyRule.Limits"/>, so that nobody needs to ask each verdict's rule for them.</summary>
    public bool HasLimits { get; init; }

    /// <summary>The rules in the order of the walk: by priority, then by place in the document.</summary>
    public IReadOnlyList<PolicyRule> Rules => Table.Rules;

    /// <summary>Temporary allows that stand before the rules; null where there are none.</summary>
    public GrantTable? Grants { get; private set; }

    /// <summary>The same as rules: what looks rules up looks grants up.</summary>
    internal Policy? GrantRules { get; private set; }

    internal RuleTable Table { get; init; } = RuleTable.Empty;

    /// <summary>The same policy with grants before its rules. It shares everything else.</summary>
    public Policy With(GrantTable grants)
    {
        var copy = (Policy)MemberwiseClone();
        copy.Grants = grants;
        copy.GrantRules = new Policy { Name = Name, Revision = Revision, Quic = Quic, Table = grants.Table };
        return copy;
    }
}
