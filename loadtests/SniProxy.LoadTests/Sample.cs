namespace SniProxy.LoadTests;

/// <summary>One figure of one round.</summary>
internal readonly record struct Sample(Metric Metric, double Value);
