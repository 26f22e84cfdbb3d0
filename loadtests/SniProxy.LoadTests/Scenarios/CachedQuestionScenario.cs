using SniProxy.LoadTests.Contenders;

namespace SniProxy.LoadTests.Scenarios;

/// <summary>Names that are allowed and were asked for before.</summary>
internal sealed class CachedQuestionScenario() : QuestionScenario(
    Metrics.CachedQuestionCpu, Metrics.CachedQuestionMachine, Metrics.CachedQuestionRate, Metrics.CachedQuestionBusy, "NOERROR")
{
    public override string Name => "dns-cached";

    protected override IEnumerable<string> NamesOf(HostMap hosts) => hosts.All.Select(host => host.Name);
}
