using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;

namespace SniProxy.Sandboxes;

/// <summary>What somebody writes to make a sandbox known.</summary>
internal sealed record SandboxRegistration
{
    public required string Id { get; init; }

    public IReadOnlyList<Address> Addresses { get; init; } = [];

    /// <summary>Where set, the addresses count only on this ingress.</summary>
    public string? Interface { get; init; }

    public string? Policy { get; init; }

    public Mode? Mode { get; init; }

    public bool Strict { get; init; }

    public bool Paused { get; init; }

    /// <summary>The life that goes on over a restart; null for one that begins.</summary>
    public long? Lifecycle { get; init; }

    /// <summary>Signals that were given before a restart, with the time of day at which they were.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> Signals { get; init; } = new Dictionary<string, DateTimeOffset>();

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}
