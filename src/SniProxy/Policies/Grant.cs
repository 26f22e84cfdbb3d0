using System.Collections.Immutable;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Policies;

/// <summary>A temporary allow before all rules, for one sandbox or for all that bear its labels. Immutable; a use makes a new one.</summary>
internal sealed record Grant
{
    public required string Id { get; init; }

    /// <summary>The sandbox it is for; null where <see cref="Labels"/> say it.</summary>
    public string? Sandbox { get; init; }

    /// <summary>The life of that sandbox which it was given in, and which alone it is for; null where <see cref="Labels"/> say whom it is for.</summary>
    public long? Lifecycle { get; init; }

    /// <summary>What a sandbox must bear, all of them; empty where <see cref="Sandbox"/> says it.</summary>
    public ImmutableDictionary<string, string> Labels { get; init; } = ImmutableDictionary<string, string>.Empty;

    public required IReadOnlyList<PolicyEntry> Entries { get; init; }

    public required TimeSpan Ttl { get; init; }

    /// <summary>How many connections may be opened by it; null for any number.</summary>
    public int? MaxUses { get; init; }

    /// <summary>How many were; counted only where there is a limit.</summary>
    public int Uses { get; init; }

    public string? Reason { get; init; }

    /// <summary>Who made it.</summary>
    public required string Actor { get; init; }

    /// <summary>An admin made it: it may open private addresses.</summary>
    public bool IsByAdmin { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>The end by the wall clock, which a restart is told by.</summary>
    public required DateTimeOffset Expires { get; init; }

    /// <summary>The end as a timestamp of the monotonic clock; while the appliance runs it alone counts.</summary>
    public required long EndsAt { get; init; }

    /// <summary>Open connections go on, new ones find nothing here any more.</summary>
    public bool IsSpent => MaxUses is { } most && Uses >= most;

    public bool IsFor(Sandbox sandbox) => Sandbox is not null
        ? string.Equals(Sandbox, sandbox.Id, StringComparison.Ordinal) && Lifecycle == sandbox.Lifecycle
        : Labels.All(label => sandbox.Labels.TryGetValue(label.Key, out var value) && value == label.Value);
}
