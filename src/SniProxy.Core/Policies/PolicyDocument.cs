using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies;

/// <summary>A policy as it is written: read and checked, not yet compiled.</summary>
public sealed record PolicyDocument
{
    /// <summary>The largest document, in bytes.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>The most entries in all lists of a document together.</summary>
    public const int MaxEntries = 100_000;

    /// <summary>The name of the built-in policy that denies everything; no document may take it.</summary>
    public const string DenyAll = "deny-all";

    public required string Name { get; init; }

    public string? Purpose { get; init; }

    public string? Data { get; init; }

    public string? Owner { get; init; }

    public DateOnly? ReviewBy { get; init; }

    /// <summary>The date at which a list of hosts was last gone through; every bundle has one.</summary>
    public DateOnly? Edition { get; init; }

    /// <summary>The bundles whose rules stand before this document's own, in the order of writing.</summary>
    public IReadOnlyList<PolicyDocument> Bundles { get; init; } = [];

    public Mode Mode { get; init; }

    public Decision Default { get; init; }

    public bool IsEnabled { get; init; } = true;

    /// <summary>Percent.</summary>
    public int Rollout { get; init; } = 100;

    public IReadOnlyList<RuleDocument> Rules { get; init; } = [];

    public EchHandling Ech { get; init; } = EchHandling.Strip;

    public QuicHandling Quic { get; init; }

    public PolicyDnsMode? DnsMode { get; init; }

    public RevokeHandling OnRevoke { get; init; }
}
