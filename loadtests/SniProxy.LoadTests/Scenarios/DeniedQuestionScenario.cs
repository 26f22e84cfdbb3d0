using SniProxy.LoadTests.Contenders;

namespace SniProxy.LoadTests.Scenarios;

/// <summary>Names that nothing allows, or that are said not to exist.</summary>
internal sealed class DeniedQuestionScenario() : QuestionScenario(
    Metrics.DeniedQuestionCpu, Metrics.DeniedQuestionMachine, Metrics.DeniedQuestionRate, Metrics.DeniedQuestionBusy, "NXDOMAIN")
{
    public override string Name => "dns-denied";

    protected override IEnumerable<string> NamesOf(HostMap hosts) => HostMap.Denied;
}
