using SniProxy.LoadTests.Contenders;

namespace SniProxy.LoadTests;

/// <summary>One figure of a scenario.</summary>
/// <param name="Key">scenario.figure</param>
/// <param name="Digits">after the point, in tables.</param>
internal sealed record Metric(string Key, string Title, string Unit, int Digits = 3)
{
    public bool HigherIsBetter { get; init; }

    /// <summary>The peers that it is compared with.</summary>
    public IReadOnlyList<string> Yardsticks { get; init; } = [Haproxy.Tuned];

    /// <summary>The ratio to each yardstick that is aimed at; null where none was set.</summary>
    public double? Aim { get; init; }

    /// <summary>The ratio that must be reached.</summary>
    public double? Least { get; init; }

    /// <summary>An absolute figure that must be stayed under, in the metric's unit.</summary>
    public double? Bound { get; init; }

    public string Scenario => Key[..Key.IndexOf('.', StringComparison.Ordinal)];
}
