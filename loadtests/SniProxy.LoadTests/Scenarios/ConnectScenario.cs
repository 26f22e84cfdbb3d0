using SniProxy.LoadTests.Contenders;

namespace SniProxy.LoadTests.Scenarios;

/// <summary>Keep constant: 64 connections at any time, each to the first byte of the answer.</summary>
internal sealed class ConnectScenario : Scenario
{
    public const int AtOnce = 64;

    public override string Name => "connect";

    public override IEnumerable<Sample> Measure(Contender? contender, Bench bench)
    {
        var proxy = bench.LeadThrough(contender);
        var answer = bench.Client(proxy, "connect", HostClass.Echo, "--connections", Bench.Text(AtOnce));
        var thousands = answer["count"] / 1000;
        return
        [
            new(Metrics.ConnectCpu, answer.CpuFor(thousands)),
            new(Metrics.ConnectMachine, answer.MachineFor(thousands)),
            new(Metrics.ConnectRate, answer.PerSecond(answer["count"])),
            new(Metrics.ConnectBusy, answer.PerSecond(answer["cpu"])),
        ];
    }
}
