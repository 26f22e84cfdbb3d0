using SniProxy.LoadTests.Contenders;

namespace SniProxy.LoadTests.Scenarios;

/// <summary>What a proxy that has just started and relayed some grows by, per connection that is open and does nothing.</summary>
internal sealed class IdleScenario : Scenario
{
    // Both sides of a connection take a descriptor, and many systems end at 20,000 of them.
    private const int Many = 9000;
    private const int ManyQuick = 3000;
    private const int WarmUp = 200;
    private const double KibPerMib = 1024;
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);

    public override string Name => "idle";

    public override bool HasDirect => false;

    public override int MostRounds => 3;

    public override IEnumerable<Sample> Measure(Contender? contender, Bench bench)
    {
        if (contender is null)
        {
            return [];
        }

        var proxy = bench.LeadThroughFresh(contender);
        bench.Idle(WarmUp).Dispose();
        Thread.Sleep(Settled);
        var before = proxy.ResidentKib;
        var count = bench.IsQuick ? ManyQuick : Many;
        using (bench.Idle(count))
        {
            Thread.Sleep(Settled);
            var after = proxy.ResidentKib;
            return [new(Metrics.IdleMemory, (after - before) / count), new(Metrics.IdleResident, after / KibPerMib)];
        }
    }
}
