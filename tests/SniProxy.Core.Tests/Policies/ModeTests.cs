using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies;

/// <summary>Shadow, observe, strict, and what none of them lifts.</summary>
public sealed class ModeTests
{
    [Theory]
    [InlineData(Mode.Shadow)]
    [InlineData(Mode.Observe)]
    public void TellsADenialInsteadOfDoingIt(Mode mode)
    {
        var judge = Given.Judge("""{"rules":["good.example",{"deny":"evil.example"}]}""", mode);
        Assert.Equal(new FlowOutcome(FlowStep.Dial, new Verdict(Decision.Audit, Reason.Default, null, true)), judge.Begin(Given.Tls("x.example", "203.0.113.10")));
        var evil = judge.Begin(Given.Tls("evil.example", "203.0.113.10", bound: true)).Verdict;
        Assert.Equal((Decision.Audit, Reason.Rule, "2", true), (evil.Decision, evil.Reason, evil.Rule?.Name, evil.WouldDeny));
        Assert.Equal(Reason.NoServerName, judge.Begin(Given.Tls(null, "203.0.113.10")).Verdict.Reason);
        Assert.Equal(Decision.Allow, judge.Begin(Given.Tls("good.example", "203.0.113.10", bound: true)).Verdict.Decision);
        Assert.Equal((Decision.Audit, true), judge.JudgeName(Given.Name("x.example")) is var verdict ? (verdict.Decision, verdict.WouldDeny) : default);
        Assert.False(judge.DeniesByRule(Given.Name("evil.example")));
    }

    [Fact]
    public void TellsThatEnforceWouldHaveDialledElsewhere()
    {
        var judge = Given.Judge("""{"rules":["good.example"]}""", Mode.Shadow);
        var flow = Given.Tls("good.example", "203.0.113.66");
        Assert.Equal(new FlowOutcome(FlowStep.Dial, new Verdict(Decision.Audit, Reason.UnboundName, null, true)), judge.Begin(flow));
        var dial = new Address[1];
        Assert.Equal((true, Reason.UnboundName), judge.Finish(flow, [Given.Address("203.0.113.10")], dial, out var count).Verdict is var verdict ? (verdict.WouldDeny, verdict.Reason) : default);
        Assert.Equal((1, Given.Address("203.0.113.66")), (count, dial[0]));
        Assert.False(judge.Finish(flow, [Given.Address("203.0.113.66")], dial, out _).Verdict.WouldDeny);
        Assert.True(judge.Finish(flow, [], dial, out count).Verdict is { WouldDeny: true, Reason: Reason.UpstreamUnresolvable });
        Assert.Equal(1, count);
    }

    [Fact]
    public void AProxyRequestGoesWhereItsNameLeadsButNeverToNever()
    {
        var judge = Given.Judge("""{"rules":["good.example"]}""", Mode.Shadow);
        var (step, verdict, dialled) = Given.Outcome(judge, Given.Connect("other.example"), "127.0.0.1", "10.0.0.1", "203.0.113.10");
        Assert.Equal((FlowStep.Dial, true, "10.0.0.1 203.0.113.10"), (step, verdict.WouldDeny, dialled));
        Assert.Equal((FlowStep.Dial, false, "203.0.113.10"), Given.Outcome(judge, Given.Connect("good.example"), "127.0.0.1", "203.0.113.10") is var (s, v, d) ? (s, v.WouldDeny, d) : default);
        Assert.Equal((FlowStep.Refuse, Reason.GuardNever), Given.Outcome(judge, Given.Connect("other.example"), "127.0.0.1") is var (s2, v2, _) ? (s2, v2.Reason) : default);
    }

    [Theory]
    [InlineData(Reason.Paused)]
    [InlineData(Reason.UnknownSandbox)]
    [InlineData(Reason.PolicyMissing)]
    public void NoModeLiftsARefusal(Reason reason)
    {
        var judge = Judge.Refusing(reason, Given.Policy("""{"mode":"observe","default":"allow"}"""));
        Assert.Equal(new FlowOutcome(FlowStep.Refuse, Verdict.Deny(reason)), judge.Begin(Given.Tls("x.example", "203.0.113.10", bound: true)));
        Assert.Equal(reason, judge.Finish(Given.Connect("x.example"), [Given.Address("203.0.113.10")], new Address[1], out var count).Verdict.Reason);
        Assert.Equal(0, count);
        Assert.Equal(Verdict.Deny(reason), judge.JudgeName(Given.Name("x.example")));
        Assert.False(judge.MayAnswer(Given.Name("x.example"), Given.Address("203.0.113.10")));
    }

    [Theory]
    [InlineData("""{"default":"allow"}""", Mode.Enforce, Reason.Strict)]
    [InlineData("""{"default":"audit"}""", Mode.Enforce, Reason.Strict)]
    [InlineData("""{"rules":[{"audit":"x.example"}]}""", Mode.Enforce, Reason.Strict)]
    [InlineData("""{"rules":[{"audit":"x.example"},"x.example"]}""", Mode.Enforce, Reason.Rule)]
    [InlineData("""{}""", Mode.Shadow, Reason.Strict)]
    [InlineData("""{"rules":[{"deny":"x.example"}]}""", Mode.Observe, Reason.Strict)]
    [InlineData("""{}""", Mode.Enforce, Reason.Default)]
    [InlineData("""{"default":"allow","rules":[{"deny":"x.example"}]}""", Mode.Enforce, Reason.Rule)]
    [InlineData("""{"default":"allow","rules":["x.example"]}""", Mode.Observe, Reason.Rule)]
    public void StrictLetsOnlyAllowRulesPassAndSaysSoOnlyWhereItMattered(string policy, Mode mode, Reason reason)
    {
        var judge = Given.Judge(policy, mode, strict: true);
        var outcome = judge.Begin(Given.Tls("x.example", "203.0.113.10", bound: true));
        Assert.Equal(reason, outcome.Verdict.Reason);
        var passes = reason == Reason.Rule && outcome.Verdict.Rule?.Decision == Decision.Allow;
        Assert.Equal(passes, outcome.Step == FlowStep.Dial);
        Assert.Equal((passes, false), (!outcome.Verdict.IsDenied, outcome.Verdict.WouldDeny));
        var name = judge.JudgeName(Given.Name("x.example"));
        Assert.Equal(passes, !name.IsDenied);
        Assert.Equal(reason == Reason.Default ? Reason.NameNotAllowed : reason, name.Reason);
    }

    [Fact]
    public void StrictDeniesAClaimThatWasNeverResolvedHere()
    {
        var judge = Given.Judge("""{"rules":["good.example","203.0.113.0/24:8443",{"deny":"evil.example"}]}""", strict: true);
        Assert.Equal(new FlowOutcome(FlowStep.Refuse, Verdict.Deny(Reason.UnboundName)), judge.Begin(Given.Tls("good.example", "203.0.113.66")) is var outcome ? outcome with { Verdict = outcome.Verdict with { Rule = null } } : default);
        Assert.Equal(Reason.UnboundName, judge.Begin(Given.Tls("x.example", "203.0.113.20", 8443)).Verdict.Reason);
        Assert.Equal(Reason.Default, judge.Begin(Given.Tls("x.example", "203.0.113.20")).Verdict.Reason);
        Assert.Equal(Reason.Rule, judge.Begin(Given.Tls("evil.example", "203.0.113.20")).Verdict.Reason);
        Assert.Equal(FlowStep.Dial, judge.Begin(Given.Tls("good.example", "203.0.113.10", bound: true)).Step);
        Assert.Equal(FlowStep.Resolve, judge.Begin(Given.Connect("good.example")).Step);
        Assert.Equal(Reason.UnboundName, judge.Finish(Given.Tls("good.example", "203.0.113.66"), [Given.Address("203.0.113.10")], new Address[1], out _).Verdict.Reason);
    }

    [Fact]
    public void StrictOverShadowStillNamesTheUnboundClaim() =>
        Assert.Equal(Reason.UnboundName, Given.Judge("""{"rules":["good.example"]}""", Mode.Shadow, strict: true).Begin(Given.Tls("good.example", "203.0.113.66")).Verdict.Reason);
}
