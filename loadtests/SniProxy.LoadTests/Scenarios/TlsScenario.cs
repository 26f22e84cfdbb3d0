using SniProxy.LoadTests.Contenders;

namespace SniProxy.LoadTests.Scenarios;

/// <summary>Keep constant: 16 connections at any time, each with a whole handshake and one byte there and back.</summary>
internal sealed class TlsScenario : Scenario
{
    public override string Name => "tls";

    public override bool IsQuick => false;

    public override IEnumerable<Sample> Measure(Contender? contender, Bench bench)
    {
        var proxy = bench.LeadThrough(contender);
        var answer = bench.TlsClient(proxy, "connect", "--connections", "16");
        return [new(Metrics.TlsCpu, answer.CpuFor(answer["count"] / 1000)), new(Metrics.TlsRate, answer.PerSecond(answer["count"]))];
    }
}
