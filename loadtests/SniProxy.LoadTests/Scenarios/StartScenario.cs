using SniProxy.LoadTests.Contenders;

namespace SniProxy.LoadTests.Scenarios;

/// <summary>Starts of the appliance, with the kernel's rules in place and checked.</summary>
internal sealed class StartScenario : Scenario
{
    private const int Starts = 20;
    private const int StartsQuick = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public override string Name => "start";

    public override bool HasDirect => false;

    public override int MostRounds => 1;

    public override bool TakesPart(Contender contender) => contender is Appliance;

    public override IEnumerable<Sample> Measure(Contender? contender, Bench bench)
    {
        if (contender is not Appliance appliance)
        {
            return [];
        }

        bench.Stop(appliance);
        var folder = bench.FolderOf(appliance) + "-start";
        Directory.CreateDirectory(folder);
        var checking = appliance.ToStart();
        var command = checking.Configure(folder, new HostMap(HostMap.UsualCount));
        Command.Run(bench.Network.InGateway(appliance.Processors, appliance.ApplyRules(folder)), Patience);
        var answers = Enumerable.Range(0, bench.IsQuick ? StartsQuick : Starts).Select(_ => new ToolAnswer(Command.Run(
            bench.Network.InGateway(checking.Processors, [bench.ToolPath("start"), Bench.Text(appliance.Port), Bench.Text(appliance.MetricsPort), .. command]),
            Patience))).ToArray();
        Command.Run(bench.Network.InGateway(appliance.Processors, appliance.RemoveRules(folder)), Patience);
        return
        [
            new(Metrics.StartListening, Spread.Of(answers.Select(answer => answer["listening"])).Median),
            new(Metrics.StartReady, Spread.Of(answers.Select(answer => answer["ready"])).Median),
            new(Metrics.StartResident, Spread.Of(answers.Select(answer => answer["rss"] * 1024 / 1e6)).Median),
        ];
    }
}
