namespace SniProxy.Core.Policies;

/// <summary>How much a rule lets pass, counted for each sandbox and rule by itself. What is null has no limit.</summary>
public sealed record RuleLimits
{
    /// <summary>What clients may send in any <see cref="UploadWindow"/>, in bytes, on all flows that the rule let pass.</summary>
    public long? UploadBytes { get; init; }

    /// <summary>The time that <see cref="UploadBytes"/> is about; zero where that is null.</summary>
    public TimeSpan UploadWindow { get; init; }

    /// <summary>Flows that may be open at once.</summary>
    public int? Connections { get; init; }

    /// <summary>Flows that may begin in a second.</summary>
    public int? NewConnectionsPerSecond { get; init; }
}
