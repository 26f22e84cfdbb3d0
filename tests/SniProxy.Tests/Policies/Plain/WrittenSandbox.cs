using SniProxy.Core.Contract;

namespace SniProxy.Tests.Policies.Plain;

/// <summary>A sandbox as it was registered, with what it was said to have done.</summary>
internal sealed record WrittenSandbox
{
    public required string Id { get; init; }

    public long Lifecycle { get; init; } = 1;

    public bool IsKnown { get; init; } = true;

    public string? Policy { get; init; }

    public string? BoundPolicy { get; init; }

    public Mode? Mode { get; init; }

    public bool IsStrict { get; init; }

    public bool IsPaused { get; init; }

    public Dictionary<string, string> Labels { get; init; } = [];

    /// <summary>How long ago each signal was given.</summary>
    public Dictionary<string, TimeSpan> SignalAges { get; init; } = [];

    public Sandbox ToSandbox(TimeProvider clock) => new()
    {
        Id = Id,
        Lifecycle = Lifecycle,
        IsKnown = IsKnown,
        Policy = Policy,
        BoundPolicy = BoundPolicy,
        Mode = Mode,
        Strict = IsStrict,
        Paused = IsPaused,
        Labels = Labels,
        Signals = [.. SignalAges.Select(signal => new Signal(signal.Key, clock.GetElapsedTime(0) - signal.Value, clock.GetUtcNow() - signal.Value))],
    };
}
