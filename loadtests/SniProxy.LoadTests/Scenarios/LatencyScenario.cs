using SniProxy.LoadTests.Contenders;

namespace SniProxy.LoadTests.Scenarios;

/// <summary>
/// From connect to the first byte of the answer: one after the other, the same with a pause between, and injected at a rate that is about
/// half of what the slowest here can carry (timed from when each was due, so that waiting counts).
/// </summary>
internal sealed class LatencyScenario : Scenario
{
    public override string Name => "latency";

    public override IEnumerable<Sample> Measure(Contender? contender, Bench bench)
    {
        var halfPerSecond = bench.IsQuick ? 0 : Math.Round(bench.SlowestPerSecond / 2);
        var proxy = bench.LeadThrough(contender);
        var serial = bench.Client(proxy, "serial", HostClass.Echo);
        yield return new(Metrics.LatencyP50, serial["p50"]);
        yield return new(Metrics.LatencyP90, serial["p90"]);
        yield return new(Metrics.LatencyP99, serial["p99"]);
        if (bench.IsQuick)
        {
            yield break;
        }

        var spaced = bench.Client(proxy, "serial", HostClass.Echo, "--pause", "1000");
        yield return new(Metrics.SpacedP50, spaced["p50"]);
        yield return new(Metrics.SpacedP99, spaced["p99"]);
        var half = bench.Client(proxy, "connect", HostClass.Echo, "--rate", Bench.Text(halfPerSecond));
        yield return new(Metrics.HalfP50, half["p50"]);
        yield return new(Metrics.HalfP90, half["p90"]);
        yield return new(Metrics.HalfP99, half["p99"]);
    }
}
