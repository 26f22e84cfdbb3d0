using SniProxy.LoadTests.Contenders;

namespace SniProxy.LoadTests.Scenarios;

/// <summary>Keep constant: 100 questions on their way at any time, from 10 sockets, for 1,000 names one after the other.</summary>
internal abstract class QuestionScenario(Metric cpu, Metric machine, Metric rate, Metric busy, string rcode) : Scenario
{
    private const double MicrosecondsPerSecond = 1e6;
    private const double MostLost = 0.001;

    // Long enough that what is compiled while it runs has been; later turns only wake it up.
    private const double FirstWarmUp = 6;
    private const double WarmUp = 1;

    // What answers may have left to write.
    private static readonly TimeSpan Settled = TimeSpan.FromMilliseconds(100);
    private static readonly string[] Load = ["-c", "10", "-q", "100"];

    private readonly HashSet<RunningProxy> warm = [];

    public override bool IsQuick => false;

    public override bool HasDirect => false;

    public override bool TakesPart(Contender contender) => contender is Appliance or Resolver;

    public override IEnumerable<Sample> Measure(Contender? contender, Bench bench)
    {
        if (contender is null || bench.LeadThrough(contender) is not { } proxy)
        {
            return [];
        }

        var names = NamesOf(new HostMap(HostMap.UsualCount)).ToArray();
        _ = bench.Questions.Ask(Network.SandboxAddress, names, warm.Add(proxy) ? FirstWarmUp : WarmUp, Load);
        var before = ProcessorTime.Now(proxy.Processes);
        var answer = bench.Questions.Ask(Network.SandboxAddress, names, bench.Seconds, Load);
        Thread.Sleep(Settled);
        var spent = ProcessorTime.Now(proxy.Processes) - before;
        if (answer.Lost > answer.Completed * MostLost || !answer.Codes.StartsWith(rcode, StringComparison.Ordinal) || answer.Codes.Contains(','))
        {
            throw new CommandFailedException($"{contender.Name}: {answer.Lost} of {answer.Completed} questions were lost, and they were answered {answer.Codes}");
        }

        return
        [
            new(cpu, spent.OfProcesses * MicrosecondsPerSecond / answer.Completed),
            new(machine, spent.OfMachine * MicrosecondsPerSecond / answer.Completed),
            new(rate, answer.Completed / answer.Seconds),
            new(busy, spent.OfProcesses / answer.Seconds),
        ];
    }

    protected abstract IEnumerable<string> NamesOf(HostMap hosts);
}
