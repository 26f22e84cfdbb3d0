using SniProxy.Core.Addresses;

namespace SniProxy.Core.Contract;

/// <summary>
/// Who is at the other end of an ingress, as the appliance knows it; immutable, replaced on every change. Its lifecycle is new each
/// time the sandbox is registered, so that nothing keyed by it outlives it, whoever gets its addresses next.
/// </summary>
public sealed record Sandbox
{
    public required string Id { get; init; }

    /// <summary>Unique for the life of this registration; addresses and ids are reused, lifecycles never.</summary>
    public required long Lifecycle { get; init; }

    /// <summary>False for a source that fits neither a registration nor a binding; it is judged by the unknown policy.</summary>
    public bool IsKnown { get; init; } = true;

    /// <summary>The policy named on the sandbox, or null.</summary>
    public string? Policy { get; init; }

    /// <summary>The policy of the first binding that fits, or null.</summary>
    public string? BoundPolicy { get; init; }

    /// <summary>A mode that stands over the policy's own, or null.</summary>
    public Mode? Mode { get; init; }

    public bool Strict { get; init; }

    public bool Paused { get; init; }

    public string? Interface { get; init; }

    public IReadOnlyList<Address> Addresses { get; init; } = [];

    public IReadOnlyDictionary<string, string> Labels
    {
        get;
        init
        {
            field = value;
            (Service, Phase) = (value.GetValueOrDefault("service"), value.GetValueOrDefault("phase"));
        }
    } = EmptyLabels;

    /// <summary>Its label of that name, which every event of it tells.</summary>
    public string? Service { get; private init; }

    /// <inheritdoc cref="Service"/>
    public string? Phase { get; private init; }

    /// <summary>At most one of a name. What they were given for is this life of the sandbox; the next one begins without.</summary>
    public IReadOnlyList<Signal> Signals { get; init; } = [];

    private static readonly Dictionary<string, string> EmptyLabels = [];
}
