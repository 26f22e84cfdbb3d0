using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies;

/// <summary>Ports, schemes, protocols and bytes that cannot be read.</summary>
public sealed class TrafficTests
{
    [Theory]
    [InlineData("good.example", Protocol.Tls, 443, Reason.Rule)]
    [InlineData("good.example", Protocol.Tls, 80, Reason.Rule)]
    [InlineData("good.example", Protocol.Http, 80, Reason.Rule)]
    [InlineData("good.example", Protocol.Http, 443, Reason.ProtocolMismatch)]
    [InlineData("good.example", Protocol.Tls, 8443, Reason.Default)]
    [InlineData("good.example:8443", Protocol.Tls, 8443, Reason.Rule)]
    [InlineData("good.example:8443", Protocol.Tls, 443, Reason.Default)]
    [InlineData("good.example:*", Protocol.Http, 8080, Reason.Rule)]
    [InlineData("good.example:*", Protocol.Http, 443, Reason.ProtocolMismatch)]
    [InlineData("good.example:8000-8999", Protocol.Tls, 8999, Reason.Rule)]
    [InlineData("good.example:8000-8999", Protocol.Tls, 9000, Reason.Default)]
    [InlineData("good.example:80,8443", Protocol.Tls, 443, Reason.Default)]
    [InlineData("https://good.example", Protocol.Tls, 443, Reason.Rule)]
    [InlineData("https://good.example", Protocol.Tls, 80, Reason.Default)]
    [InlineData("https://good.example:8443", Protocol.Tls, 8443, Reason.Rule)]
    [InlineData("https://good.example:8443", Protocol.Http, 8443, Reason.Default)]
    [InlineData("http://good.example", Protocol.Http, 80, Reason.Rule)]
    [InlineData("http://good.example", Protocol.Tls, 80, Reason.Default)]
    [InlineData("http://good.example:443", Protocol.Http, 443, Reason.Rule)]
    [InlineData("tcp://good.example:443", Protocol.Http, 443, Reason.Rule)]
    [InlineData("any", Protocol.Tls, 443, Reason.Rule)]
    [InlineData("any", Protocol.Http, 80, Reason.Rule)]
    [InlineData("any", Protocol.Tls, 8443, Reason.Default)]
    public void AnEntryIsAboutItsPortAndProtocol(string entry, Protocol protocol, int port, Reason reason)
    {
        var judge = Given.Judge($$"""{"rules":["{{entry}}"]}""");
        var flow = protocol == Protocol.Tls ? Given.Tls("good.example", "203.0.113.10", (ushort)port, bound: true) : Given.Http("good.example", "203.0.113.10", (ushort)port, bound: true);
        Assert.Equal(reason, judge.Begin(flow).Verdict.Reason);
        Assert.Equal(reason == Reason.Rule, judge.Begin(flow).Step == FlowStep.Dial);
    }

    [Theory]
    [InlineData("good.example", Protocol.Ssh, 443, Reason.ProtocolMismatch)]
    [InlineData("good.example", Protocol.Other, 443, Reason.ProtocolMismatch)]
    [InlineData("good.example", Protocol.Unread, 443, Reason.ProtocolMismatch)]
    [InlineData("good.example", Protocol.Other, 80, Reason.ProtocolMismatch)]
    [InlineData("https://good.example", Protocol.Unread, 443, Reason.ProtocolMismatch)]
    [InlineData("203.0.113.10", Protocol.Ssh, 443, Reason.ProtocolMismatch)]
    [InlineData("tcp://good.example:443", Protocol.Ssh, 443, Reason.Rule)]
    [InlineData("ssh://good.example:443", Protocol.Ssh, 443, Reason.Rule)]
    [InlineData("ssh://good.example:443", Protocol.Other, 443, Reason.ProtocolMismatch)]
    [InlineData("tcp://203.0.113.10:443", Protocol.Other, 443, Reason.Rule)]
    [InlineData("ssh://good.example", Protocol.Ssh, 22, Reason.Rule)]
    [InlineData("ssh://good.example", Protocol.Unread, 22, Reason.Rule)]
    [InlineData("ssh://good.example", Protocol.Other, 22, Reason.Default)]
    [InlineData("ssh://good.example", Protocol.Ssh, 2222, Reason.Default)]
    [InlineData("good.example:22", Protocol.Other, 22, Reason.Rule)]
    [InlineData("good.example", Protocol.Ssh, 22, Reason.Default)]
    [InlineData("postgres://good.example", Protocol.Postgres, 5432, Reason.Rule)]
    [InlineData("redshift://good.example", Protocol.Postgres, 5439, Reason.Rule)]
    [InlineData("mysql://good.example", Protocol.Unread, 3306, Reason.Rule)]
    [InlineData("redis://good.example", Protocol.Redis, 6379, Reason.Rule)]
    [InlineData("redis://good.example", Protocol.Tls, 6379, Reason.NoServerName)]
    [InlineData("other.example:22", Protocol.Ssh, 22, Reason.Default)]
    [InlineData("any:22", Protocol.Ssh, 22, Reason.Default)]
    public void WithoutANameTheBoundNamesCount(string entry, Protocol protocol, int port, Reason reason)
    {
        var judge = Given.Judge($$"""{"rules":["{{entry}}"]}""");
        Assert.Equal(reason, judge.Begin(Given.Raw(protocol, "203.0.113.10", (ushort)port, "neighbour.example", "good.example")).Verdict.Reason);
    }

    [Fact]
    public void ADenialOfAnyBoundNameDenies()
    {
        var judge = Given.Judge("""{"rules":[{"deny":"evil.example"},"ssh://good.example"]}""");
        Assert.Equal(Reason.Rule, judge.Begin(Given.Raw(Protocol.Ssh, "203.0.113.10", 22, "good.example")).Verdict.Reason);
        var denied = judge.Begin(Given.Raw(Protocol.Ssh, "203.0.113.10", 22, "good.example", "evil.example"));
        Assert.Equal((FlowStep.Refuse, Reason.Rule, "1"), (denied.Step, denied.Verdict.Reason, denied.Verdict.Rule?.Name));
    }

    [Theory]
    [InlineData("""{"deny":"evil.example"}""", 22, Protocol.Ssh, Reason.NoServerName)]
    [InlineData("""{"deny":"https://evil.example"}""", 22, Protocol.Ssh, Reason.Default)]
    [InlineData("""{"deny":"evil.example:443"}""", 22, Protocol.Ssh, Reason.Default)]
    [InlineData("""{"deny":"ssh://evil.example"}""", 22, Protocol.Unread, Reason.NoServerName)]
    [InlineData("""{"deny":"ssh://evil.example"}""", 22, Protocol.Other, Reason.Default)]
    [InlineData("""{"deny":"evil.example","except":"203.0.113.0/24"}""", 22, Protocol.Ssh, Reason.Default)]
    [InlineData("""{"deny":"**.example","except":"good.example"}""", 22, Protocol.Ssh, Reason.NoServerName)]
    public void WithoutAnyNameADenialThatCouldConcernTheFlowDenies(string rule, int port, Protocol protocol, Reason reason)
    {
        var judge = Given.Judge($$"""{"default":"allow","rules":[{{rule}}]}""");
        var outcome = judge.Begin(Given.Raw(protocol, "203.0.113.10", (ushort)port));
        Assert.Equal((reason, reason == Reason.Default), (outcome.Verdict.Reason, outcome.Step == FlowStep.Dial));
    }

    [Fact]
    public void AnAddressRuleBeforeTheNameDenialSpeaksFirst()
    {
        var flow = Given.Raw(Protocol.Ssh, "203.0.113.10", 22);
        Assert.Equal(FlowStep.Dial, Given.Judge("""{"rules":["203.0.113.10:22",{"deny":"evil.example"}]}""").Begin(flow).Step);
        Assert.Equal(Reason.NoServerName, Given.Judge("""{"rules":[{"deny":"evil.example"},"203.0.113.10:22"]}""").Begin(flow).Verdict.Reason);
    }

    [Theory]
    [InlineData(Reason.NoServerName)]
    [InlineData(Reason.MalformedClientHello)]
    [InlineData(Reason.ClientHelloTimeout)]
    [InlineData(Reason.ClientHelloTooLarge)]
    [InlineData(Reason.MalformedRequest)]
    public void UnreadableBytesPassOnlyByAnAddressRuleWithTcp(Reason reason)
    {
        FlowFacts Flow() => new()
        {
            Protocol = reason == Reason.MalformedRequest ? Protocol.Http : Protocol.Tls,
            Port = 443,
            OriginalDestination = Given.Address("203.0.113.10"),
            BoundNames = new[] { Given.Name("good.example") },
            Unreadable = reason,
        };
        string[] weaker = ["good.example", "any", "203.0.113.10", "https://203.0.113.10", "203.0.113.0/24:443", "tcp://good.example:443", "tcp://203.0.113.11:443", "tcp://203.0.113.10:8443"];
        foreach (var entry in weaker)
        {
            Assert.Equal(new FlowOutcome(FlowStep.Refuse, Verdict.Deny(reason)), Given.Judge($$"""{"rules":["{{entry}}"]}""").Begin(Flow()));
        }

        Assert.Equal(reason, Given.Judge("""{"default":"allow"}""").Begin(Flow()).Verdict.Reason);
        Assert.Equal(reason, Given.Judge("""{"default":"audit","rules":[{"audit":"any"}]}""").Begin(Flow()).Verdict.Reason);
        Assert.Equal(FlowStep.Dial, Given.Judge("""{"rules":["tcp://203.0.113.10:443"]}""").Begin(Flow()).Step);
        Assert.Equal(FlowStep.Dial, Given.Judge("""{"rules":["tcp://203.0.113.10:443"]}""", strict: true).Begin(Flow()).Step);
        Assert.Equal(reason, Given.Judge("""{"rules":[{"deny":"evil.example"},"tcp://203.0.113.10:443"]}""").Begin(Flow()).Verdict.Reason);
    }

    [Fact]
    public void TlsWithoutANameIsUnreadableEvenIfItsDoorForgotToSay()
    {
        var flow = new FlowFacts { Protocol = Protocol.Tls, Port = 443, OriginalDestination = Given.Address("203.0.113.10") };
        Assert.Equal(Reason.NoServerName, Given.Judge("""{"default":"allow","rules":["203.0.113.10"]}""").Begin(flow).Verdict.Reason);
    }

    [Fact]
    public void NamesThatDisagreePassByNoRule()
    {
        var flow = new FlowFacts
        {
            Protocol = Protocol.Tls, Port = 443, OriginalDestination = Given.Address("203.0.113.10"), Name = Given.Name("good.example"),
            Evidence = Evidence.Connect, IsBound = true, Unreadable = Reason.NameMismatch,
        };
        Assert.Equal(Reason.NameMismatch, Given.Judge("""{"default":"allow","rules":["good.example","tcp://203.0.113.10:443"]}""").Begin(flow).Verdict.Reason);
        var shadow = Given.Judge("""{"rules":["good.example"]}""", Mode.Shadow).Begin(flow);
        Assert.Equal((FlowStep.Dial, true, Reason.NameMismatch), (shadow.Step, shadow.Verdict.WouldDeny, shadow.Verdict.Reason));
    }

    [Fact]
    public void HttpToAnAddressNeedsAnAddressRule()
    {
        var flow = Given.Http(null, "203.0.113.10");
        Assert.Equal(FlowStep.Dial, Given.Judge("""{"rules":["203.0.113.10"]}""").Begin(flow).Step);
        Assert.Equal(Reason.Default, Given.Judge("""{"rules":["any"]}""").Begin(flow).Verdict.Reason);
        var bound = new FlowFacts { Protocol = Protocol.Http, Port = 80, OriginalDestination = Given.Address("203.0.113.10"), BoundNames = new[] { Given.Name("good.example") } };
        Assert.Equal(Reason.Default, Given.Judge("""{"rules":["good.example"]}""").Begin(bound).Verdict.Reason);
        Assert.Equal(Reason.Rule, Given.Judge("""{"default":"allow","rules":[{"deny":"good.example"}]}""").Begin(bound).Verdict.Reason);
    }

    [Fact]
    public void OnlyTheNameThatIsReadIsJudgedOnASharedAddress()
    {
        var judge = Given.Judge("""{"rules":["good.example"]}""");
        var flow = new FlowFacts
        {
            Protocol = Protocol.Tls, Port = 443, OriginalDestination = Given.Address("203.0.113.10"), Name = Given.Name("neighbour.example"),
            Evidence = Evidence.Sni, IsBound = true, BoundNames = new[] { Given.Name("good.example") },
        };
        Assert.Equal(new FlowOutcome(FlowStep.Refuse, Verdict.Deny(Reason.Default)), judge.Begin(flow));
    }

    [Fact]
    public void QuicNeedsThePolicysWordAndOtherUdpNeverPasses()
    {
        FlowFacts Flow(ushort port = 443, Protocol protocol = Protocol.Quic) => new()
        {
            Transport = Transport.Udp, Protocol = protocol, Port = port, OriginalDestination = Given.Address("203.0.113.10"),
            Name = Given.Name("good.example"), Evidence = Evidence.Sni, IsBound = true,
        };
        Assert.Equal(Reason.Quic, Given.Judge("""{"default":"allow","rules":["good.example","quic://good.example"]}""").Begin(Flow()).Verdict.Reason);
        Assert.Equal(FlowStep.Dial, Given.Judge("""{"quic":"sni","rules":["good.example"]}""").Begin(Flow()).Step);
        Assert.Equal(FlowStep.Dial, Given.Judge("""{"quic":"sni","rules":["good.example"]}""", strict: true).Begin(Flow()).Step);
        Assert.Equal(FlowStep.Dial, Given.Judge("""{"quic":"sni","rules":["quic://good.example:8443"]}""").Begin(Flow(8443)).Step);
        string[] others = ["https://good.example", "tcp://good.example:443", "any", "203.0.113.10", "good.example:80", "**.good.example"];
        Assert.All(others, entry => Assert.Equal(Reason.Default, Given.Judge($$"""{"quic":"sni","rules":["{{entry}}"]}""").Begin(Flow()).Verdict.Reason));
        Assert.Equal(Reason.Default, Given.Judge("""{"quic":"sni","rules":["good.example:*"]}""").Begin(Flow(8443)).Verdict.Reason);
        Assert.Equal(Reason.Rule, Given.Judge("""{"quic":"sni","default":"allow","rules":[{"deny":"good.example"}]}""").Begin(Flow()).Verdict.Reason);
        Assert.Equal(Reason.Udp, Given.Judge("""{"quic":"sni","default":"allow","rules":["good.example"]}""").Begin(Flow(protocol: Protocol.Other)).Verdict.Reason);
        Assert.True(Given.Judge("{}", Mode.Shadow).Begin(Flow(protocol: Protocol.Other)).Verdict.WouldDeny);
        Assert.Equal(Reason.Default, Given.Judge("""{"rules":["quic://good.example"]}""").Begin(Given.Tls("good.example", "203.0.113.10", bound: true)).Verdict.Reason);
    }

    [Fact]
    public void EncryptedHelloIsDeniedWhereThePolicyOrStrictSaysSo()
    {
        FlowFacts Flow(string name) => new()
        {
            Protocol = Protocol.Tls, Port = 443, OriginalDestination = Given.Address("203.0.113.10"), Name = Given.Name(name), Evidence = Evidence.Sni, IsBound = true, HasEch = true,
        };
        Assert.Equal(FlowStep.Dial, Given.Judge("""{"rules":["good.example"]}""").Begin(Flow("good.example")).Step);
        Assert.Equal(FlowStep.Dial, Given.Judge("""{"ech":"allow","rules":["good.example"]}""").Begin(Flow("good.example")).Step);
        Assert.Equal(Reason.Ech, Given.Judge("""{"ech":"deny","rules":["good.example"]}""").Begin(Flow("good.example")).Verdict.Reason);
        Assert.Equal(Reason.Ech, Given.Judge("""{"ech":"allow","rules":["good.example"]}""", strict: true).Begin(Flow("good.example")).Verdict.Reason);
        Assert.Equal(Reason.Default, Given.Judge("""{"ech":"deny","rules":["good.example"]}""").Begin(Flow("bad.example")).Verdict.Reason);
    }

    [Fact]
    public void ProtocolOfARuleNarrowsAndOpensLikeAScheme()
    {
        var judge = Given.Judge("""{"rules":[{"allow":"db.example:5432","protocol":"postgres"},{"allow":"git.example","protocol":"ssh"},{"allow":"203.0.113.7:443","protocol":"tcp"}]}""");
        Assert.Equal(FlowStep.Dial, judge.Begin(Given.Raw(Protocol.Postgres, "203.0.113.10", 5432, "db.example")).Step);
        Assert.Equal(Reason.Default, judge.Begin(Given.Raw(Protocol.Redis, "203.0.113.10", 5432, "db.example")).Verdict.Reason);
        Assert.Equal(FlowStep.Dial, judge.Begin(Given.Raw(Protocol.Ssh, "203.0.113.10", 443, "git.example")).Step);
        Assert.Equal(Reason.Default, judge.Begin(Given.Tls("git.example", "203.0.113.10", bound: true)).Verdict.Reason);
        Assert.Equal(FlowStep.Dial, judge.Begin(Given.Tls(null, "203.0.113.7")).Step);
    }

    [Fact]
    public void InsideATunnelBytesWithoutANameNeedARule()
    {
        var allowAll = Given.Judge("""{"default":"allow"}""");
        Assert.Equal(Reason.ProtocolMismatch, allowAll.Begin(Given.Connect("good.example", 22, Protocol.Ssh)).Verdict.Reason);
        Assert.Equal(FlowStep.Resolve, allowAll.Begin(Given.Connect("good.example")).Step);
        Assert.Equal(FlowStep.Resolve, Given.Judge("""{"rules":["ssh://good.example"]}""").Begin(Given.Connect("good.example", 22, Protocol.Ssh)).Step);
        Assert.Equal(Reason.ProtocolMismatch, Given.Judge("""{"rules":["good.example"]}""").Begin(Given.Connect("good.example", 443, Protocol.Ssh)).Verdict.Reason);
    }

    [Fact]
    public void AnAddressLiteralNeedsAnAddressRuleAndItsInnerNameIsJudged()
    {
        FlowFacts Literal(string? name, Protocol protocol = Protocol.Tls, ushort port = 443) => new()
        {
            Protocol = protocol, Port = port, OriginalDestination = Given.Address("203.0.113.10"), IsLiteral = true,
            Name = name is null ? null : Given.Name(name), Evidence = name is null ? Evidence.None : Evidence.Sni, IsBound = true,
            BoundNames = name is null ? new[] { Given.Name("good.example") } : default,
        };
        Assert.Equal(Reason.Default, Given.Judge("""{"rules":["good.example"]}""").Begin(Literal("good.example")).Verdict.Reason);
        Assert.Equal(Reason.UnboundName, Given.Judge("""{"default":"allow"}""").Begin(Literal("good.example")).Verdict.Reason);
        Assert.Equal(FlowStep.Refuse, Given.Judge("""{"default":"allow","rules":["any"]}""").Begin(Literal("good.example")).Step);
        Assert.Equal(FlowStep.Dial, Given.Judge("""{"rules":["203.0.113.10"]}""").Begin(Literal("good.example")).Step);
        Assert.Equal(Reason.Rule, Given.Judge("""{"rules":[{"deny":"good.example"},"203.0.113.10"]}""").Begin(Literal("good.example")).Verdict.Reason);
        Assert.Equal(FlowStep.Dial, Given.Judge("""{"rules":["203.0.113.10:22"]}""").Begin(Literal(null, Protocol.Ssh, 22)).Step);
        Assert.Equal(Reason.Default, Given.Judge("""{"rules":["good.example:22"]}""").Begin(Literal(null, Protocol.Ssh, 22)).Verdict.Reason);
        Assert.Equal(FlowStep.Refuse, Given.Judge("""{"rules":["good.example"]}""").Finish(Literal("good.example"), [Given.Address("203.0.113.10")], new Core.Addresses.Address[1], out var count).Step);
        Assert.Equal(0, count);
    }

    [Fact]
    public void ASyntheticAddressStandsForItsNameWithEveryProtocol()
    {
        FlowFacts Flow(Protocol protocol, ushort port) => new()
        {
            Protocol = protocol, Port = port, OriginalDestination = Given.Address("198.18.0.5"), Name = Given.Name("git.example"), Evidence = Evidence.Synthetic, IsBound = true,
        };
        var judge = Given.Judge("""{"rules":["ssh://git.example","198.18.0.0/15"]}""", strict: true);
        Assert.Equal((FlowStep.Dial, "203.0.113.10"), Given.Outcome(judge, Flow(Protocol.Ssh, 22), "203.0.113.10") is var (step, _, dialled) ? (step, dialled) : default);
        Assert.Equal(FlowStep.Refuse, judge.Begin(Flow(Protocol.Ssh, 23)).Step);
    }
}
