using SniProxy.LoadTests.Contenders;

namespace SniProxy.LoadTests.Scenarios;

/// <summary>Keep constant: 64 connections at any time with a name that nothing allows, each until it is ended.</summary>
internal sealed class DenyScenario : Scenario
{
    public override string Name => "deny";

    public override bool HasDirect => false;

    public override IEnumerable<Sample> Measure(Contender? contender, Bench bench)
    {
        var proxy = bench.LeadThrough(contender);
        var answer = bench.Client(proxy, "deny", HostClass.Echo, "--connections", Bench.Text(ConnectScenario.AtOnce));
        var thousands = answer["count"] / 1000;
        return
        [
            new(Metrics.DenyCpu, answer.CpuFor(thousands)),
            new(Metrics.DenyMachine, answer.MachineFor(thousands)),
            new(Metrics.DenyRate, answer.PerSecond(answer["count"])),
            new(Metrics.DenyBusy, answer.PerSecond(answer["cpu"])),
        ];
    }
}
