using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Proxy;
using SniProxy.Tests.Dns;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Proxy;

/// <summary>Words that were said of a flow lately are kept, and said of no other flow.</summary>
public sealed class DenialWordsTests
{
    // Several times as many as are kept.
    private const int Names = 5_000;

    private readonly DenialWords words = new();

    [Fact]
    public void EachNameHasItsOwnWordsWhoeverHadTheirPlaceBefore()
    {
        var judge = DnsDoor.Compile("rules: [good.example]");
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < Names; i++)
            {
                AssertSaid(judge, Flow($"n{i}.example", 443, Protocol.Tls, "203.0.113.1"));
            }
        }
    }

    [Fact]
    public void TheSameFlowHasTheSameWordsWithoutFindingThemAgain()
    {
        var judge = DnsDoor.Compile("rules: [good.example]");
        var flow = Flow("denied.example", 443, Protocol.Tls, "203.0.113.1");
        var verdict = judge.Begin(flow).Verdict;
        Assert.Same(words.Describe(judge, flow, verdict, out _), words.Describe(judge, flow, verdict, out _));
    }

    [Fact]
    public void AnotherPortProtocolAddressOrFaultHasWordsOfItsOwn()
    {
        var judge = DnsDoor.Compile("rules: ['good.example:8443', '203.0.113.7:9000', 'ssh://good.example']");
        for (var round = 0; round < 2; round++)
        {
            foreach (var port in (ushort[])[22, 80, 443, 8444, 9001])
            {
                foreach (var protocol in (Protocol[])[Protocol.Tls, Protocol.Http, Protocol.Ssh, Protocol.Other])
                {
                    foreach (var address in (string[])["203.0.113.1", "203.0.113.7"])
                    {
                        AssertSaid(judge, Flow("good.example", port, protocol, address));
                        AssertSaid(judge, Flow("good.example", port, protocol, address, Reason.MalformedRequest));
                    }
                }
            }
        }
    }

    [Fact]
    public void AnotherPolicyModeOrStrictnessHasWordsOfItsOwn()
    {
        var policies = new[] { DnsDoor.Compile("rules: [other.example]").Policy, DnsDoor.Compile("rules: ['*.good.example', {deny: x.example, label: named}]").Policy };
        for (var round = 0; round < 2; round++)
        {
            foreach (var policy in policies)
            {
                Assert.NotNull(policy);
                foreach (var name in (string[])["a.b.good.example", "x.example"])
                {
                    AssertSaid(new Judge(policy, Mode.Enforce, strict: false, new Guard()), Flow(name, 443, Protocol.Tls, "203.0.113.1"));
                    AssertSaid(new Judge(policy, Mode.Shadow, strict: false, new Guard()), Flow(name, 443, Protocol.Tls, "203.0.113.1"));
                    AssertSaid(new Judge(policy, Mode.Enforce, strict: true, new Guard()), Flow(name, 443, Protocol.Tls, "203.0.113.1"));
                }
            }
        }
    }

    private void AssertSaid(in Judge judge, in FlowFacts flow)
    {
        var verdict = judge.Begin(flow).Verdict;
        var expected = judge.Describe(flow, verdict, out var expectedMiss);
        Assert.Equal(expected, words.Describe(judge, flow, verdict, out var nearMiss));
        Assert.Equal(expectedMiss, nearMiss);
    }

    private static FlowFacts Flow(string name, ushort port, Protocol protocol, string address, Reason fault = Reason.None) => new()
    {
        Transport = Transport.Tcp,
        Protocol = protocol,
        Port = port,
        OriginalDestination = SniProxy.Core.Addresses.Address.TryParse(address, out var to) ? to : throw new ArgumentException(address),
        Name = Wire.Host(name),
        Evidence = Evidence.Sni,
        IsBound = true,
        Unreadable = fault,
    };
}
