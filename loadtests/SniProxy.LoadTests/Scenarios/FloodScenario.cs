using SniProxy.LoadTests.Contenders;

namespace SniProxy.LoadTests.Scenarios;

/// <summary>Inject 20,000 questions a second from one sandbox, the limits being the usual ones, and 50 a second from another, timed one by one.</summary>
internal sealed class FloodScenario : Scenario
{
    private const int FloodPerSecond = 20_000;
    private const int OthersPerSecond = 50;
    private const int NamesAsked = 20;

    // The last of 100 replies is to be more than one reply.
    private const double LeastSeconds = 10;

    public override string Name => "dns-flood";

    public override bool IsQuick => false;

    public override bool HasDirect => false;

    public override bool TakesPart(Contender contender) => contender is Appliance or Resolver;

    public override IEnumerable<Sample> Measure(Contender? contender, Bench bench)
    {
        if (contender is null)
        {
            return [];
        }

        bench.Stop(contender);
        var hosts = new HostMap(HostMap.UsualCount);
        var names = hosts.All.TakeLast(NamesAsked).Select(host => host.Name).ToArray();
        using var proxy = bench.Start(contender is Appliance appliance ? appliance.WithUsualQuestions() : contender, $"{contender.Name}-flood", hosts, NamesAsked);
        var seconds = Math.Max(bench.Seconds, LeastSeconds);
        using var flood = bench.Questions.Start(Network.OtherSandboxAddress, names, seconds + 2, "-Q", Bench.Text(FloodPerSecond), "-c", "10", "-q", "1000");
        var reading = flood.StandardOutput.ReadToEndAsync();
        Thread.Sleep(TimeSpan.FromSeconds(1));
        var before = ProcessorTime.Now(proxy.Processes);
        var others = bench.Questions.Ask(Network.SandboxAddress, names, seconds, "-Q", Bench.Text(OthersPerSecond), "-v");
        var spent = ProcessorTime.Now(proxy.Processes) - before;
        flood.WaitForExit();
        var flooded = new QuestionAnswer(reading.Result);
        return
        [
            new(Metrics.FloodP50, others.Percentile(50)),
            new(Metrics.FloodP99, others.Percentile(99)),
            new(Metrics.FloodLost, others.Lost),
            new(Metrics.FloodRate, (flooded.Completed + flooded.Lost) / flooded.Seconds),
            new(Metrics.FloodBusy, spent.OfProcesses / others.Seconds),
        ];
    }
}
