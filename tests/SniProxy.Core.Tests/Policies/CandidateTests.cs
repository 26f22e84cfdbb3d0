using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies;

/// <summary>Which addresses are dialled for a name, and which verdict stands.</summary>
public sealed class CandidateTests
{
    [Fact]
    public void DialsTheOwnAddressOfAnAllowedNameInsteadOfTheClientsChoice()
    {
        var judge = Given.Judge("""{"rules":["good.example"]}""");
        var (step, verdict, dialled) = Given.Outcome(judge, Given.Tls("good.example", "203.0.113.66"), "203.0.113.10");
        Assert.Equal((FlowStep.Dial, Decision.Allow, "203.0.113.10"), (step, verdict.Decision, dialled));
    }

    [Fact]
    public void DropsTheDeniedAddressAndDialsTheNamesOwn()
    {
        var judge = Given.Judge("""{"rules":[{"deny":"203.0.113.66"},"good.example"]}""");
        var (step, _, dialled) = Given.Outcome(judge, Given.Tls("good.example", "203.0.113.66"), "203.0.113.66", "203.0.113.10");
        Assert.Equal((FlowStep.Dial, "203.0.113.10"), (step, dialled));
    }

    [Fact]
    public void DialsAnAddressThatIsAllowedAsAnAddressAsItIs()
    {
        var judge = Given.Judge("""{"rules":["203.0.113.0/24:8443"]}""");
        var outcome = judge.Begin(Given.Tls("whatever.example", "203.0.113.20", 8443));
        Assert.Equal((FlowStep.Dial, Decision.Allow), (outcome.Step, outcome.Verdict.Decision));
    }

    // The last of Teredo's holds the client's bits inverted (RFC 4380 section 4).
    [Theory]
    [InlineData("64:ff9b::cb00:7142")]
    [InlineData("2002:cb00:7142::1")]
    [InlineData("2001:0:c633:6401:0:0:34ff:8ebd")]
    [InlineData("64:ff9b:1:0:0:0:cb00:7142")]
    public void ADenialOfAnAddressHoldsForAddressesThatLeadToIt(string address)
    {
        // With many others an entry is found otherwise than among few.
        foreach (var others in (string[])["", string.Concat(Enumerable.Range(1, 20).Select(i => $$"""{"deny":"192.0.2.{{i}}"},"""))])
        {
            Assert.Equal((FlowStep.Refuse, Reason.Rule), Decide($$"""{{others}}{"deny":"203.0.113.0/24"},"::/0" """));
            Assert.Equal((FlowStep.Dial, Reason.Rule), Decide($$"""{{others}}{"deny":"203.0.113.0/28"},"::/0" """));
            Assert.Equal((FlowStep.Dial, Reason.Rule), Decide($$"""{{others}}"::/0",{"deny":"203.0.113.0/24"}"""));
            Assert.Equal((FlowStep.Dial, Reason.Rule), Decide($$"""{{others}}{"deny":"203.0.113.0/24","except":["203.0.113.66"]},"::/0" """));
            Assert.Equal((FlowStep.Refuse, Reason.Default), Decide($$"""{{others}}{"allow":"::/0","except":["203.0.113.66"]}"""));
        }

        (FlowStep, Reason) Decide(string rules)
        {
            var outcome = Given.Judge($$"""{"rules":[{{rules}}]}""").Begin(Given.Tls("whatever.example", address));
            return (outcome.Step, outcome.Verdict.Reason);
        }
    }

    [Fact]
    public void TheWalkSaysWhichAddressIsMeant()
    {
        Assert.True(TestDestination.TryParse("[64:ff9b::cb00:7142]:443", out var destination, out _));
        var explanation = Given.Judge("""{"rules":[{"deny":"203.0.113.0/24"},"::/0"]}""").Explain(destination);
        Assert.Contains(explanation.Walk, step => step.Why == "\"203.0.113.0/24\" matches 203.0.113.66, to which 64:ff9b::cb00:7142 leads");
    }

    [Fact]
    public void AnAllowedAddressAllowsNoneThatLeadsToIt()
    {
        var judge = Given.Judge("""{"rules":["203.0.113.0/24"]}""");
        Assert.Equal(FlowStep.Refuse, judge.Begin(Given.Tls("whatever.example", "64:ff9b::cb00:7142")).Step);

        // Nothing is said for it in a rule that denies it by its own address.
        var carved = Given.Judge("""{"rules":[{"deny":"::/0","except":["203.0.113.0/24"]},"::/0"]}""");
        Assert.Equal(FlowStep.Refuse, carved.Begin(Given.Tls("whatever.example", "64:ff9b::cb00:7142")).Step);
    }

    [Fact]
    public void ResolvesAnUnboundNameThatOnlyTheDefaultAllows()
    {
        var judge = Given.Judge("""{"default":"allow","rules":[{"deny":"evil.example"}]}""");
        var flow = Given.Tls("x.example", "203.0.113.66");
        Assert.Equal(new FlowOutcome(FlowStep.Resolve, Verdict.Deny(Reason.UpstreamUnresolvable)), judge.Begin(flow));
        Assert.Equal("203.0.113.10", Given.Outcome(judge, flow, "203.0.113.10").Dialled);
        Assert.Equal(Reason.UpstreamUnresolvable, judge.Finish(flow, [], new Core.Addresses.Address[1], out _).Verdict.Reason);
    }

    [Fact]
    public void DeniesUnreadableBytesToAnAddressNobodyResolvedWhileANameIsDenied()
    {
        var judge = Given.Judge("""{"default":"allow","rules":[{"deny":"evil.example"}]}""");
        var outcome = judge.Begin(Given.Raw(Protocol.Ssh, "203.0.113.66", 22));
        Assert.Equal((FlowStep.Refuse, Reason.NoServerName), (outcome.Step, outcome.Verdict.Reason));
    }

    [Fact]
    public void DialsABoundDestinationWithoutResolving()
    {
        var judge = Given.Judge("""{"rules":["good.example"]}""");
        Assert.Equal(FlowStep.Dial, judge.Begin(Given.Tls("good.example", "203.0.113.10", bound: true)).Step);
        Assert.Equal(FlowStep.Refuse, judge.Begin(Given.Tls("bad.example", "203.0.113.10", bound: true)).Step);
    }

    [Fact]
    public void ResolvesNothingWhenNoAddressCouldChangeTheVerdict()
    {
        var judge = Given.Judge("""{"rules":["good.example",{"deny":"evil.example"},"203.0.113.0/24:8443"]}""");
        Assert.Equal(new FlowOutcome(FlowStep.Refuse, Verdict.Deny(Reason.Default)), judge.Begin(Given.Tls("other.example", "203.0.113.10")));
        Assert.Equal(Reason.Rule, judge.Begin(Given.Tls("evil.example", "203.0.113.10", 8443)).Verdict.Reason);
    }

    [Fact]
    public void DefaultJudgeDeniesEverything()
    {
        Judge judge = default;
        Assert.Equal(FlowStep.Refuse, judge.Begin(Given.Tls("good.example", "203.0.113.10", bound: true)).Step);
        Assert.True(judge.JudgeName(Given.Name("good.example")).IsDenied);
        Assert.False(judge.MayAnswer(Given.Name("good.example"), Given.Address("203.0.113.10")));
    }
}
