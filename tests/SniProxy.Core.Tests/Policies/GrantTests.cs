using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies;

/// <summary>A grant is an allow rule before all others: no rule, mode or switch is asked before it, and the guard after it as ever.</summary>
public sealed class GrantTests
{
    [Fact]
    public void OpensWhatARuleDeniesAndNamesItself()
    {
        var verdict = Judge("""{"rules":[{"deny":["any"]}]}""", Grant("g1", "good.example")).Begin(Given.Tls("good.example", "203.0.113.10", bound: true)).Verdict;
        Assert.Equal((Decision.Allow, Reason.Grant, "g1", null), (verdict.Decision, verdict.Reason, verdict.GrantId, verdict.RuleName));
    }

    [Theory]
    [InlineData("other.example", (ushort)443)]
    [InlineData("good.example", (ushort)8443)]
    public void OpensNothingElse(string name, ushort port) => Assert.Equal(
        Reason.Default, Judge("{}", Grant("g1", "good.example")).Begin(Given.Tls(name, "203.0.113.10", port, bound: true)).Verdict.Reason);

    [Fact]
    public void ThePolicyThatOthersShareStaysAsItWas()
    {
        var policy = Given.Policy("{}");
        var granted = policy.With(new GrantTable([Grant("g1", "good.example")]));
        Assert.NotNull(granted.Grants);
        Assert.Null(policy.Grants);
        Assert.Equal((policy.Name, policy.Revision), (granted.Name, granted.Revision));
    }

    [Fact]
    public void HoldsInStrictModeForABoundNameOnly()
    {
        var judge = Judge("{}", strict: true, Grant("g1", "good.example"));
        Assert.Equal(Reason.Grant, judge.Begin(Given.Tls("good.example", "203.0.113.10", bound: true)).Verdict.Reason);
        Assert.NotEqual(FlowStep.Dial, judge.Begin(Given.Tls("good.example", "203.0.113.10")).Step);
    }

    [Fact]
    public void IsDialledByItsOwnResolutionLikeAnyName()
    {
        var judge = Judge("{}", Grant("g1", "good.example"));
        var flow = Given.Tls("good.example", "198.51.100.66");
        Assert.Equal(FlowStep.Resolve, judge.Begin(flow).Step);
        var dial = new Core.Addresses.Address[1];
        var outcome = judge.Finish(flow, [Given.Address("203.0.113.10")], dial, out var count);
        Assert.Equal((Reason.Grant, 1), (outcome.Verdict.Reason, count));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OpensItsNameInDns(bool strict)
    {
        var judge = Judge("""{"rules":[{"deny":[".example"]}]}""", strict, Grant("g1", "a.good.example"));
        Assert.Equal(Reason.Grant, judge.JudgeName(Given.Name("a.good.example")).Reason);
        Assert.True(judge.JudgeName(Given.Name("b.good.example")).IsDenied);
        Assert.True(judge.MayAllowBelow(Given.Name("good.example")));
        Assert.False(judge.DeniesByRule(Given.Name("a.good.example")));
        Assert.True(judge.DeniesByRule(Given.Name("b.good.example")));
    }

    [Theory]
    [InlineData(true, Reason.Grant)]
    [InlineData(false, Reason.GuardPrivate)]
    public void OpensAPrivateAddressOnlyWhereAnAdminMadeIt(bool isAdmin, Reason reason)
    {
        var judge = Judge("{}", new GrantRule("g1", Entries("10.1.2.3:5432"), isAdmin, null));
        var facts = new FlowFacts { Protocol = Protocol.Postgres, Port = 5432, OriginalDestination = Given.Address("10.1.2.3") };
        Assert.Equal(reason, judge.Begin(facts).Verdict.Reason);
        Assert.Equal(isAdmin, judge.MayAnswer(Given.Name("db.example"), Given.Address("10.1.2.3")));
    }

    [Fact]
    public void ANameAloneOpensNoPrivateAddress()
    {
        var judge = Judge("{}", Grant("g1", "db.example:5432"));
        var dial = new Core.Addresses.Address[1];
        var flow = new FlowFacts { Protocol = Protocol.Postgres, Port = 5432, Name = Given.Name("db.example"), Evidence = Evidence.Connect };
        Assert.Equal(Reason.GuardPrivate, judge.Finish(flow, [Given.Address("10.1.2.3")], dial, out _).Verdict.Reason);
    }

    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("127.0.0.1")]
    public void NeverStaysNever(string address)
    {
        var judge = Judge("{}", Grant("g1", $"tcp://{address}:80", "any"));
        Assert.Equal(Reason.GuardNever, judge.Begin(Given.Http(null, address)).Verdict.Reason);
    }

    [Fact]
    public void ADenialThatAPolicyLiftsLaterStaysDeniedToADevelopersGrant()
    {
        var judge = Judge("""{"rules":[{"deny":["10.1.2.3"]},{"allow":["10.0.0.0/8:5432"]}]}""", new GrantRule("g1", Entries("10.1.2.3:5432"), false, null));
        var facts = new FlowFacts { Protocol = Protocol.Postgres, Port = 5432, OriginalDestination = Given.Address("10.1.2.3") };
        Assert.Equal(Reason.GuardPrivate, judge.Begin(facts).Verdict.Reason);
    }

    [Fact]
    public void TheWalkBeginsWithIt()
    {
        Assert.True(TestDestination.TryParse("good.example", out var destination, out _));
        var told = Judge("""{"rules":["other.example"]}""", new GrantRule("g1", Entries("good.example"), false, "fixtures")).Explain(destination);
        Assert.Equal((Decision.Allow, "grant g1", true), (told.Verdict.Decision, Assert.Single(told.Walk).Rule, told.Walk[0].Matched));
        Assert.Equal("allowed: grant: grant g1: fixtures", told.Message);
    }

    [Fact]
    public void DecidingWithGrantsAllocatesNothing()
    {
        var judge = Judge("""{"rules":["other.example"]}""", Grant("g1", "good.example", "*.x.example"));
        var name = Given.Name("good.example");
        var address = Given.Address("203.0.113.10");
        var passed = Passed(judge, name, address, 100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        passed += Passed(judge, name, address, 1_000);
        Assert.Equal((0, 1_100), (GC.GetAllocatedBytesForCurrentThread() - before, passed));
    }

    private static int Passed(in Judge judge, HostName name, Core.Addresses.Address address, int times)
    {
        var passed = 0;
        for (var i = 0; i < times; i++)
        {
            var flow = new FlowFacts { Protocol = Protocol.Tls, Port = 443, OriginalDestination = address, Name = name, Evidence = Evidence.Sni, IsBound = true };
            passed += judge.Begin(flow).Verdict.IsDenied || judge.JudgeName(name).IsDenied ? 0 : 1;
        }

        return passed;
    }

    private static Judge Judge(string json, params GrantRule[] grants) => Judge(json, false, grants);

    private static Judge Judge(string json, bool strict, params GrantRule[] grants) =>
        new(Given.Policy(json).With(new GrantTable(grants)), Mode.Enforce, strict, new Guard());

    private static GrantRule Grant(string id, params string[] entries) => new(id, Entries(entries), LiftsPrivate: true, null);

    private static List<PolicyEntry> Entries(params string[] texts)
    {
        var entries = new List<PolicyEntry>();
        foreach (var text in texts)
        {
            Assert.True(EntryReader.TryRead(text, isAllow: true, out var entry, out var fault), fault.Message);
            entries.Add(entry);
        }

        return entries;
    }
}
