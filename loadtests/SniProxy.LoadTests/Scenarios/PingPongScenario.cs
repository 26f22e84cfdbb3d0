using SniProxy.LoadTests.Contenders;

namespace SniProxy.LoadTests.Scenarios;

/// <summary>Keep constant: 100, then 1,000 connections, each with one message of 64 bytes on its way there or back.</summary>
internal sealed class PingPongScenario : Scenario
{
    public override string Name => "pingpong";

    public override IEnumerable<Sample> Measure(Contender? contender, Bench bench)
    {
        var proxy = bench.LeadThrough(contender);
        var hundred = bench.Client(proxy, "pingpong", HostClass.Echo, "--connections", "100");
        yield return new(Metrics.PingPong100, hundred.CpuFor(hundred["count"] / 1e6));
        yield return new(Metrics.PingPong100Rate, hundred.PerSecond(hundred["count"]));
        yield return new(Metrics.PingPong100Busy, hundred.PerSecond(hundred["cpu"]));
        var thousand = bench.Client(proxy, "pingpong", HostClass.Echo, "--connections", "1000");
        yield return new(Metrics.PingPong1000, thousand.CpuFor(thousand["count"] / 1e6));
        yield return new(Metrics.PingPong1000Rate, thousand.PerSecond(thousand["count"]));
        yield return new(Metrics.PingPong1000Busy, thousand.PerSecond(thousand["cpu"]));
    }
}
