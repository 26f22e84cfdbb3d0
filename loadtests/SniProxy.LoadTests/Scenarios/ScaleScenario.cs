using SniProxy.LoadTests.Contenders;

namespace SniProxy.LoadTests.Scenarios;

/// <summary>What a connection costs while few or many flows are open, with few or many rules, on one processor or two.</summary>
internal sealed class ScaleScenario : Scenario
{
    private const int FewFlows = 100;
    private const int ManyFlows = 9000;
    private const int FewRules = 10;
    private const int ManyRules = 100_000;

    // As many as there are with the fewest rules, so that nothing but the number of rules differs.
    private const int HostsAsked = 8;

    public override string Name => "scale";

    public override bool IsQuick => false;

    public override bool HasDirect => false;

    public override bool TakesPart(Contender contender) => contender is Appliance || contender.Name == Haproxy.Tuned;

    public override IEnumerable<Sample> Measure(Contender? contender, Bench bench)
    {
        if (contender is null)
        {
            yield break;
        }

        var fewFlows = WithFlows(contender, bench, FewFlows);
        var manyFlows = WithFlows(contender, bench, ManyFlows);
        yield return new(Metrics.ScaleFewFlows, fewFlows);
        yield return new(Metrics.ScaleManyFlows, manyFlows);
        yield return new(Metrics.ScaleFlows, manyFlows / fewFlows);
        bench.Stop(contender);
        var fewRules = Fresh(contender, bench, FewRules);
        var manyRules = Fresh(contender, bench, ManyRules);
        yield return new(Metrics.ScaleFewRules, fewRules);
        yield return new(Metrics.ScaleManyRules, manyRules);
        yield return new(Metrics.ScaleRules, manyRules / fewRules);
        if (contender is not Appliance appliance)
        {
            yield break;
        }

        var oneProcessor = Fresh(appliance, bench, HostMap.UsualCount);
        var twoProcessors = Fresh(appliance.OnAllProcessors(), bench, HostMap.UsualCount);
        yield return new(Metrics.ScaleOneLoop, oneProcessor);
        yield return new(Metrics.ScaleTwoLoops, twoProcessors);
        yield return new(Metrics.ScaleLoops, twoProcessors / oneProcessor);
    }

    private static double WithFlows(Contender contender, Bench bench, int flows)
    {
        var proxy = bench.LeadThrough(contender);
        using (bench.Idle(flows))
        {
            return CostOf(bench, proxy, HostMap.UsualCount);
        }
    }

    private static double Fresh(Contender contender, Bench bench, int rules)
    {
        using var proxy = bench.Start(contender, $"{contender.Name}-{rules}", new HostMap(rules), HostsAsked);
        bench.WarmUp(proxy, HostsAsked);
        return CostOf(bench, proxy, HostsAsked);
    }

    private static double CostOf(Bench bench, RunningProxy? proxy, int hosts)
    {
        var answer = bench.Client(proxy, "connect", HostClass.Echo, "--connections", Bench.Text(ConnectScenario.AtOnce), "--hosts", Bench.Text(hosts));
        return answer.CpuFor(answer["count"] / 1000);
    }
}
