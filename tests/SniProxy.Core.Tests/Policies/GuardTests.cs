using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies;

public sealed class GuardTests
{
    private const string Everything = """{"default":"allow","rules":["any","0.0.0.0/0:*","::/0:*","127.0.0.0/8","169.254.0.0/16:80","tcp://169.254.169.254:80","10.0.0.0/8"]}""";

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("fd00:ec2::254")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("0.0.0.0")]
    [InlineData("224.0.0.1")]
    public void NoRuleAndNoModeOpensNever(string address)
    {
        foreach (var mode in Enum.GetValues<Mode>())
        {
            foreach (var strict in new[] { false, true })
            {
                var judge = Given.Judge(Everything, mode, strict);
                var flow = new FlowFacts { Protocol = Protocol.Http, Port = 80, OriginalDestination = Given.Address(address), Name = Given.Name("good.example"), IsBound = true, IsLiteral = address == "0.0.0.0" };
                Assert.Equal(new FlowOutcome(FlowStep.Refuse, Verdict.Deny(Reason.GuardNever)), judge.Begin(flow));
                Assert.False(judge.MayAnswer(Given.Name("good.example"), Given.Address(address)));
                var dial = new Address[1];
                Assert.Equal(FlowStep.Refuse, judge.Finish(Given.Connect("good.example"), [Given.Address(address)], dial, out var count).Step);
                Assert.Equal(0, count);
            }
        }
    }

    [Fact]
    public void ExemptionLiftsNeverButNotTheAppliancesOwnListeners()
    {
        var guard = new Guard
        {
            Exempt = [Cidr.Of(Given.Address("127.0.0.0"), 8)],
            OwnAddresses = [Given.Address("127.0.0.1"), Given.Address("203.0.113.1")],
            OwnListeners = [new Endpoint(Given.Address("127.0.0.1"), 9443)],
            SandboxNetworks = [Cidr.Of(Given.Address("203.0.113.128"), 25)],
        };
        Assert.Equal(GuardFinding.None, guard.Find(Given.Address("127.0.0.1"), 443));
        Assert.Equal(GuardFinding.Self, guard.Find(Given.Address("127.0.0.1"), 9443));
        Assert.Equal(GuardFinding.Self, new Guard { Exempt = [Cidr.Of(Given.Address("64:ff9b::"), 96)], OwnListeners = [new Endpoint(Given.Address("127.0.0.1"), 9443)] }.Find(Given.Address("64:ff9b::7f00:1"), 9443));
        Assert.Equal(GuardFinding.Self, guard.Find(Given.Address("203.0.113.1"), 443));
        Assert.Equal(GuardFinding.Self, guard.Find(Given.Address("2002:cb00:7101::1"), 443));
        Assert.Equal(GuardFinding.Never, guard.Find(Given.Address("203.0.113.200"), 443));
        Assert.Equal(GuardFinding.None, guard.Find(Given.Address("203.0.113.2"), 443));
        Assert.Equal(GuardFinding.Never, guard.Find(Given.Address("::1"), 443));
        Assert.Equal(GuardFinding.Never, new Guard().Find(Given.Address("127.0.0.1")));
        var judge = Given.Judge("""{"default":"allow"}""", Mode.Observe, guard: guard);
        Assert.Equal(Reason.GuardSelf, judge.Begin(Given.Tls("x.example", "203.0.113.1", bound: true)).Verdict.Reason);
    }

    [Theory]
    [InlineData("\"10.1.0.0/16:5432\"", true)]
    [InlineData("\"postgres://10.1.2.3\"", true)]
    [InlineData("\"10.1.0.0/16\"", false)]
    [InlineData("\"ssh://10.1.2.3:5432\"", false)]
    [InlineData("\"0.0.0.0/0:5432\"", false)]
    [InlineData("\"8.0.0.0/5:5432\"", false)]
    [InlineData("\"any:5432\"", false)]
    [InlineData("\"db.example:5432\"", false)]
    [InlineData("{\"allow\":\"db.example:5432\",\"resolvesTo\":[\"10.1.0.0/16\"]}", true)]
    [InlineData("{\"allow\":\"db.example:5432\",\"resolvesTo\":\"10.1.2.3\"}", true)]
    [InlineData("{\"allow\":\"db.example:5432\",\"resolvesTo\":[\"10.2.0.0/16\"]}", false)]
    [InlineData("{\"allow\":\"other.example:5432\",\"resolvesTo\":[\"10.1.0.0/16\"]}", false)]
    [InlineData("{\"allow\":\"db.example:5433\",\"resolvesTo\":[\"10.1.0.0/16\"]}", false)]
    [InlineData("{\"allow\":\"10.1.0.0/16:5432\",\"except\":\"10.1.2.3\"}", false)]
    [InlineData("\"db.example:5432\",\"10.1.0.0/16:5432\"", true)]
    [InlineData("\"db.example:5432\",{\"deny\":\"10.1.2.3\"},\"10.1.0.0/16:5432\"", false)]
    [InlineData("{\"audit\":\"10.1.0.0/16:5432\"}", false)]
    public void PrivateIsOpenedOnlyByARuleThatNamesIt(string rules, bool passes)
    {
        foreach (var defaultDecision in new[] { "deny", "allow" })
        {
            var judge = Given.Judge($$"""{"default":"{{defaultDecision}}","rules":[{{rules}}]}""");
            var outcome = judge.Begin(Given.Raw(Protocol.Postgres, "10.1.2.3", 5432, "db.example"));
            Assert.Equal(passes ? FlowStep.Dial : FlowStep.Refuse, outcome.Step);
            Assert.Equal(passes ? Reason.Rule : Reason.GuardPrivate, outcome.Verdict.Reason);
        }
    }

    [Fact]
    public void TheAddressThatIsDialledIsJudgedWhateverTheNameResolvesTo()
    {
        var judge = Given.Judge("""{"rules":["good.example"]}""");
        var flow = Given.Tls("good.example", "203.0.113.66");
        Assert.Equal("203.0.113.10", Given.Outcome(judge, flow, "10.0.0.1", "127.0.0.1", "64:ff9b::a00:1", "203.0.113.10").Dialled);
        Assert.Equal((FlowStep.Refuse, Reason.GuardPrivate), Given.Outcome(judge, flow, "10.0.0.1", "127.0.0.1") is var (step, verdict, _) ? (step, verdict.Reason) : default);
        Assert.Equal(Reason.GuardNever, Given.Outcome(judge, flow, "169.254.169.254", "10.0.0.1").Verdict.Reason);
        Assert.Equal(Reason.GuardNever, Given.Outcome(judge, Given.Tls("good.example", "169.254.169.254"), "127.0.0.1").Verdict.Reason);
        Assert.Equal("203.0.113.10", Given.Outcome(judge, Given.Tls("good.example", "169.254.169.254"), "203.0.113.10").Dialled);
    }

    [Fact]
    public void TheFirstCandidatesReasonStands()
    {
        var judge = Given.Judge("""{"rules":[{"deny":"203.0.113.66","label":"bad host"},"good.example"]}""");
        var (step, verdict, _) = Given.Outcome(judge, Given.Tls("good.example", "203.0.113.66"), "10.0.0.1");
        Assert.Equal((FlowStep.Refuse, Reason.Rule, "1 (bad host)"), (step, verdict.Reason, verdict.Rule?.Name));
        Assert.Equal(Reason.Rule, judge.Begin(Given.Tls("good.example", "203.0.113.66")).Verdict.Reason);
    }

    [Fact]
    public void ShadowAndObserveLetPrivatePassAndTellIt()
    {
        foreach (var mode in new[] { Mode.Shadow, Mode.Observe })
        {
            var judge = Given.Judge("{}", mode);
            var outcome = judge.Begin(Given.Tls("x.example", "10.0.0.1", bound: true));
            Assert.Equal((FlowStep.Dial, new Verdict(Decision.Audit, Reason.GuardPrivate, null, WouldDeny: true)), (outcome.Step, outcome.Verdict));
            Assert.True(judge.MayAnswer(Given.Name("x.example"), Given.Address("10.0.0.1")));
        }
    }

    [Fact]
    public void DnsAnswersPrivateAddressesOnlyWhereSomeFlowMayUseThem()
    {
        var judge = Given.Judge("""{"rules":["good.example","10.1.0.0/16:22",{"allow":"db.example:5432","resolvesTo":["10.2.0.0/16"]}]}""");
        Assert.True(judge.MayAnswer(Given.Name("good.example"), Given.Address("203.0.113.10")));
        Assert.True(judge.MayAnswer(Given.Name("good.example"), Given.Address("10.1.0.1")));
        Assert.False(judge.MayAnswer(Given.Name("good.example"), Given.Address("10.2.0.1")));
        Assert.True(judge.MayAnswer(Given.Name("db.example"), Given.Address("10.2.0.1")));
        Assert.False(judge.MayAnswer(Given.Name("db.example"), Given.Address("::1")));
    }
}
