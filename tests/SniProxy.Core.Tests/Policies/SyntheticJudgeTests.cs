using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies;

/// <summary>Verdicts where names are answered with addresses of a pool.</summary>
public sealed class SyntheticJudgeTests
{
    private static readonly Guard Guard = new Guard { Exempt = [Cidr.Of(Given.Address("198.18.0.7"))] }.Over(SyntheticPool.DefaultBlocks);

    [Theory]
    [InlineData("198.18.0.5")]
    [InlineData("198.18.0.7")]
    [InlineData("198.19.255.255")]
    [InlineData("fd98:18::5")]
    public void AnAddressThatStandsForNothingIsUnboundInEveryModeAndUnderEveryRule(string address)
    {
        foreach (var mode in Enum.GetValues<Mode>())
        {
            foreach (var policy in (string[])["""{"default":"allow"}""", """{"rules":["any"]}""", """{"rules":["tcp://198.18.0.0/15:*","tcp://[fd98:18::]/64:*"]}"""])
            {
                foreach (var flow in (string[])["tls", "ssh"])
                {
                    var facts = flow == "tls" ? Given.Tls("good.example", address) : new FlowFacts { Protocol = Protocol.Ssh, Port = 22, OriginalDestination = Given.Address(address) };
                    var outcome = Given.Judge(policy, mode, guard: Guard).Begin(facts);
                    Assert.Equal((FlowStep.Refuse, Reason.UnboundName), (outcome.Step, outcome.Verdict.Reason));
                }
            }
        }
    }

    [Fact]
    public void OnlyAnAddressRuleSpeaksForAnyOtherAddress()
    {
        var named = Given.Tls("good.example", "203.0.113.10");
        Assert.Equal((FlowStep.Refuse, Reason.UnboundName), Begin("""{"rules":["good.example"]}""", named));
        Assert.Equal((FlowStep.Refuse, Reason.UnboundName), Begin("""{"default":"allow"}""", named));
        Assert.Equal((FlowStep.Refuse, Reason.Default), Begin("""{"rules":["other.example"]}""", named));
        Assert.Equal((FlowStep.Refuse, Reason.Rule), Begin("""{"default":"allow","rules":[{"deny":"good.example"}]}""", named));
        Assert.Equal((FlowStep.Dial, Reason.Rule), Begin("""{"rules":["203.0.113.10"]}""", named));
        Assert.Equal((FlowStep.Refuse, Reason.UnboundName), Begin("""{"rules":["good.example"]}""", Given.Tls("good.example", "10.0.0.9")));

        // The ledger's own: answered by forwarding, before the policy changed.
        Assert.Equal((FlowStep.Dial, Reason.Rule), Begin("""{"rules":["good.example"]}""", Given.Tls("good.example", "203.0.113.10", bound: true)));
    }

    [Fact]
    public void ADefaultLetsNoNamelessFlowOut()
    {
        var ssh = new FlowFacts { Protocol = Protocol.Ssh, Port = 22, OriginalDestination = Given.Address("203.0.113.10") };
        Assert.Equal(FlowStep.Dial, Given.Judge("""{"default":"allow"}""").Begin(ssh).Step);
        Assert.Equal(FlowStep.Refuse, Begin("""{"default":"allow"}""", ssh).Step);
        Assert.Equal(FlowStep.Refuse, Begin("""{"rules":["any"]}""", ssh).Step);
        Assert.Equal(FlowStep.Dial, Begin("""{"rules":["203.0.113.10:22"]}""", ssh).Step);
    }

    [Fact]
    public void InAModeThatWatchesTheBytesGoWhereTheyWereSent()
    {
        var outcome = Given.Judge("""{"rules":["good.example"]}""", Mode.Shadow, guard: Guard).Begin(Given.Tls("good.example", "203.0.113.10"));
        Assert.Equal((FlowStep.Dial, Reason.UnboundName, true), (outcome.Step, outcome.Verdict.Reason, outcome.Verdict.WouldDeny));
    }

    [Fact]
    public void NoNameLeadsIntoThePool()
    {
        var judge = Given.Judge("""{"rules":[{"allow":"git.example:22","resolvesTo":["198.18.0.0/15"]},"tcp://198.18.0.0/15:*"]}""", guard: Guard);
        var flow = new FlowFacts
        {
            Protocol = Protocol.Ssh, Port = 22, OriginalDestination = Given.Address("198.18.0.5"), Name = Given.Name("git.example"), Evidence = Evidence.Synthetic, IsBound = true,
        };
        Assert.Equal(FlowStep.Resolve, judge.Begin(flow).Step);
        var dial = new Address[2];
        var outcome = judge.Finish(flow, [Given.Address("198.18.0.5"), Given.Address("64:ff9b::c612:5")], dial, out var count);
        Assert.Equal((FlowStep.Refuse, Reason.GuardNever, 0), (outcome.Step, outcome.Verdict.Reason, count));
        outcome = judge.Finish(flow, [Given.Address("198.18.0.5"), Given.Address("203.0.113.10")], dial, out count);
        Assert.Equal((FlowStep.Dial, 1, Given.Address("203.0.113.10")), (outcome.Step, count, dial[0]));
    }

    [Theory]
    [InlineData("ssh://git.example", Decision.Allow, Reason.Rule)]
    [InlineData("ssh://198.18.0.5", Decision.Deny, Reason.UnboundName)]
    [InlineData("198.18.0.5:443", Decision.Deny, Reason.UnboundName)]
    [InlineData("203.0.113.10:8443", Decision.Allow, Reason.Rule)]
    [InlineData("ssh://203.0.113.11", Decision.Deny, Reason.Default)]
    public void TestSaysTheSame(string destination, Decision decision, Reason reason)
    {
        Assert.True(TestDestination.TryParse(destination, out var parsed, out _));
        var told = Given.Judge("""{"rules":["ssh://git.example","tcp://203.0.113.10:8443"]}""", guard: Guard).Explain(parsed);
        Assert.Equal((decision, reason), (told.Verdict.Decision, told.Verdict.Reason));
    }

    [Fact]
    public void DecidingAllocatesNothing()
    {
        var judge = Given.Judge("""{"rules":["good.example"]}""", guard: Guard);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 2; i++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            Probe(judge);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static readonly HostName Good = Given.Name("good.example");
    private static readonly Address Pooled = Given.Address("fd98:18::5");

    private static void Probe(in Judge judge)
    {
        judge.Begin(new FlowFacts { Protocol = Protocol.Tls, Port = 443, OriginalDestination = Pooled, Name = Good, Evidence = Evidence.Sni });
        judge.Begin(new FlowFacts { Protocol = Protocol.Tls, Port = 443, OriginalDestination = Pooled, Name = Good, Evidence = Evidence.Synthetic, IsBound = true });
    }

    private static (FlowStep Step, Reason Reason) Begin(string policy, in FlowFacts flow)
    {
        var outcome = Given.Judge(policy, guard: Guard).Begin(flow);
        return (outcome.Step, outcome.Verdict.Reason);
    }
}
