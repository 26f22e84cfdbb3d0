using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies;

/// <summary>An open flow is judged by what it was judged by before, on the address it leads to.</summary>
public sealed class KeptFactsTests
{
    private const string Allowing = """{"rules":["good.example"]}""";
    private static readonly Address Own = Given.Address("203.0.113.10");
    private static readonly Address Chosen = Given.Address("198.51.100.66");

    [Fact]
    public void WhatIsAllowedAsBeforeStays() =>
        Assert.False(Kept(Given.Tls("good.example", "203.0.113.10", bound: true), Own).JudgeBy(Given.Judge(Allowing)).IsDenied);

    [Theory]
    [InlineData("""{"rules":["other.example"]}""", Reason.Default)]
    [InlineData("""{"rules":[{"deny":["203.0.113.0/24"]},"good.example"]}""", Reason.Rule)]
    public void WhatARuleNoLongerAllowsIsDenied(string policy, Reason reason) =>
        Assert.Equal((true, reason), Told(Kept(Given.Tls("good.example", "203.0.113.10", bound: true), Own).JudgeBy(Given.Judge(policy))));

    [Fact]
    public void WhatEverythingIsRefusedToIsDenied() => Assert.Equal(
        Reason.Paused, Kept(Given.Tls("good.example", "203.0.113.10", bound: true), Own).JudgeBy(Judge.Refusing(Reason.Paused)).Reason);

    [Fact]
    public void ARewrittenFlowIsJudgedWhereItLeads()
    {
        var kept = Kept(Given.Tls("good.example", "198.51.100.66"), Own, isResolved: true);
        Assert.False(kept.JudgeBy(Given.Judge(Allowing)).IsDenied);
        Assert.True(kept.JudgeBy(Given.Judge("""{"rules":[{"deny":["203.0.113.10"]},"good.example"]}""")).IsDenied);

        // An address rule for where the client went says nothing about where it was taken.
        Assert.True(kept.JudgeBy(Given.Judge("""{"rules":["198.51.100.66"]}""")).IsDenied);
    }

    [Fact]
    public void AnAddressThatOnlyTheClientTiesToItsNameIsNotTheNames()
    {
        var kept = Kept(Given.Tls("good.example", "198.51.100.66"), Chosen);
        Assert.False(kept.JudgeBy(Given.Judge("""{"rules":["198.51.100.66"]}""")).IsDenied);
        Assert.Equal(Reason.UnboundName, kept.JudgeBy(Given.Judge(Allowing)).Reason);
        Assert.False(kept.JudgeBy(Given.Judge(Allowing, Mode.Shadow)).IsDenied);
    }

    [Fact]
    public void AnAddressThatTheNameResolvedToIsTheNamesAlsoWhereTheClientChoseIt() =>
        Assert.False(Kept(Given.Tls("good.example", "203.0.113.10"), Own, isResolved: true).JudgeBy(Given.Judge(Allowing)).IsDenied);

    [Fact]
    public void AnAliasThatIsDeniedNowEndsWhatCameOverIt()
    {
        var kept = new KeptFacts(Given.Tls("good.example", "198.51.100.66"), [], Own, isResolved: true, [Given.Name("cdn.example")]);
        Assert.False(kept.JudgeBy(Given.Judge(Allowing)).IsDenied);
        Assert.Equal((true, Reason.Rule), Told(kept.JudgeBy(Given.Judge("""{"rules":[{"deny":["cdn.example"]},"good.example"]}"""))));
    }

    [Fact]
    public void StrictModeAsksForTheBinding()
    {
        Assert.False(Kept(Given.Tls("good.example", "203.0.113.10", bound: true), Own).JudgeBy(Given.Judge(Allowing, strict: true)).IsDenied);
        Assert.True(Kept(Given.Tls("good.example", "198.51.100.66"), Own, isResolved: true).JudgeBy(Given.Judge(Allowing, strict: true)).IsDenied);
    }

    [Fact]
    public void AnEncryptedHelloIsRemembered()
    {
        var name = Given.Name("good.example");
        var facts = new FlowFacts { Protocol = Protocol.Tls, Port = 443, OriginalDestination = Own, Name = name, Evidence = Evidence.Sni, IsBound = true, HasEch = true };
        Assert.False(Kept(facts, Own).JudgeBy(Given.Judge(Allowing)).IsDenied);
        Assert.Equal((true, Reason.Ech), Told(Kept(facts, Own).JudgeBy(Given.Judge("""{"ech":"deny","rules":["good.example"]}"""))));
        Assert.Equal((true, Reason.Ech), Told(Kept(facts, Own).JudgeBy(Given.Judge(Allowing, strict: true))));
    }

    [Fact]
    public void WhatCouldNotBeReadIsRemembered()
    {
        var facts = new FlowFacts { Protocol = Protocol.Http, Port = 80, OriginalDestination = Own, Unreadable = Reason.MalformedRequest };
        Assert.False(Kept(facts, Own).JudgeBy(Given.Judge("""{"rules":["tcp://203.0.113.10:80"]}""")).IsDenied);
        Assert.Equal((true, Reason.MalformedRequest), Told(Kept(facts, Own).JudgeBy(Given.Judge("""{"rules":["http://203.0.113.10"]}"""))));
    }

    [Fact]
    public void NamesOfTheLedgerAreKept()
    {
        HostName[] names = [Given.Name("git.example")];
        var facts = new FlowFacts { Protocol = Protocol.Ssh, Port = 22, OriginalDestination = Own, BoundNames = names, Evidence = Evidence.Dns };
        var kept = new KeptFacts(facts, names, Own, isResolved: false, []);
        Assert.False(kept.JudgeBy(Given.Judge("""{"rules":["ssh://git.example"]}""")).IsDenied);
        Assert.True(kept.JudgeBy(Given.Judge("""{"rules":["ssh://other.example"]}""")).IsDenied);
    }

    [Fact]
    public void JudgingAgainAllocatesNothing()
    {
        var kept = Kept(Given.Tls("good.example", "198.51.100.66"), Own, isResolved: true);
        var judge = Given.Judge(Allowing);
        Assert.False(kept.JudgeBy(judge).IsDenied);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            kept.JudgeBy(judge);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    // A rule may allow or deny: the reason alone does not tell which.
    private static (bool IsDenied, Reason Reason) Told(Verdict verdict) => (verdict.IsDenied, verdict.Reason);

    private static KeptFacts Kept(in FlowFacts facts, Address dialled, bool isResolved = false) => new(facts, [], dialled, isResolved, []);
}
