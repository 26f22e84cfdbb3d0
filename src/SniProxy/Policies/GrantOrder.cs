using System.Collections.Immutable;
using SniProxy.Core.Policies;

namespace SniProxy.Policies;

/// <summary>What somebody asks a grant for: one sandbox, or all that bear the labels.</summary>
internal sealed record GrantOrder
{
    public string? Sandbox { get; init; }

    /// <summary>The life of that sandbox that is meant; null where <see cref="Labels"/> say whom.</summary>
    public long? Lifecycle { get; init; }

    public ImmutableDictionary<string, string> Labels { get; init; } = ImmutableDictionary<string, string>.Empty;

    public required IReadOnlyList<PolicyEntry> Entries { get; init; }

    public required TimeSpan Ttl { get; init; }

    public int? MaxUses { get; init; }

    public string? Reason { get; init; }
}
