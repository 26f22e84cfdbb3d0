using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Core.Policies.Replays;

namespace SniProxy.Core.Tests.Policies.Replays;

public sealed class ReplayTests
{
    [Fact]
    public void TellsTheDestinationsWhoseVerdictChanges()
    {
        RecordedFlow[] flows = [Tls("kept.example"), Tls("lost.example"), Tls("lost.example"), Tls("won.example"), Tls("other.example"), Question("lost.example")];
        var changes = PolicyReplay.Compare(
            Given.Rules("\"kept.example\", \"lost.example\""), Given.Rules("\"kept.example\", {\"audit\": \"won.example\"}"), flows, Given.Now);
        Assert.Equal(
            [("tls://lost.example:443", Decision.Allow, Decision.Deny, 2), ("dns://lost.example", Decision.Allow, Decision.Deny, 1), ("tls://won.example:443", Decision.Deny, Decision.Audit, 1)],
            changes.Select(change => (change.Destination, change.Before.Decision, change.After.Decision, change.Count)));
        Assert.Equal("2", changes[2].After.Rule?.Name);
    }

    [Fact]
    public void ModesCount()
    {
        var change = Assert.Single(PolicyReplay.Compare(Given.Policy("""{"mode":"shadow","rules":[]}"""), Given.Rules(""), [Tls("a.example")], Given.Now));
        Assert.Equal((Decision.Audit, true, Decision.Deny, false), (change.Before.Decision, change.Before.WouldDeny, change.After.Decision, change.After.WouldDeny));
        Assert.Empty(PolicyReplay.Compare(Given.Rules(""), Given.Rules(""), [Tls("a.example")], Given.Now));
    }

    [Fact]
    public void LabelsOfTheSandboxCount()
    {
        var build = Given.Rules("""{"allow":"a.example","when":{"labels":{"phase":"build"}}}""");
        var flow = Tls("a.example");
        Assert.Single(PolicyReplay.Compare(build, Given.Rules("\"a.example\""), [flow, flow with { Labels = new Dictionary<string, string> { ["phase"] = "build" } }], Given.Now));
    }

    [Fact]
    public void AFlowOfWhichNoAddressIsKnownIsJudgedByItsName() => Assert.Equal(
        Decision.Allow, (Tls("a.example") with { Address = default }).JudgeBy(Given.Rules("\"a.example\""), Given.Now).Decision);

    [Theory]
    [InlineData("""{"rules":["a.example"]}""", """{"rules":[{"allow":["A.EXAMPLE:443,80"]}]}""", "")]
    [InlineData("""{"mode":"shadow","rules":[]}""", """{"owner":"a","rules":[]}""", "-mode shadow|+mode enforce|+owner a")]
    [InlineData("""{"rules":["a.example","b.example","c.example"]}""", """{"rules":["a.example","c.example","d.example"]}""", "-rule 2 b.example|+rule 3 d.example")]
    [InlineData("""{"rules":["a.example",{"deny":"*.example"}]}""", """{"rules":[{"deny":"*.example"},"a.example"]}""", "-rule 1 a.example|+rule 2 a.example")]
    [InlineData("""{"rules":[{"allow":"a.example","label":"x"}]}""", """{"rules":["a.example"]}""", "-rule 1 { allow: [a.example], label: x }|+rule 1 a.example")]
    public void TellsWhatTwoDocumentsDoNotHaveInCommon(string before, string after, string changes) => Assert.Equal(
        changes, string.Join('|', DocumentComparison.Compare(Document(before), Document(after)).Select(change => $"{(change.IsAdded ? '+' : '-')}{change.What} {change.Text}")));

    private static PolicyDocument Document(string json) => Given.Read(json).Document ?? throw new InvalidOperationException(json);

    private static RecordedFlow Tls(string host) => new()
    {
        Protocol = Protocol.Tls, Port = 443, Name = Given.Name(host), Evidence = Evidence.Sni, Address = Given.Address("203.0.113.7"), Verdict = Decision.Allow,
    };

    private static RecordedFlow Question(string host) => new() { IsQuestion = true, Name = Given.Name(host), Verdict = Decision.Allow };
}
