using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Dns;
using SniProxy.Dns;
using SniProxy.Resolutions.Tunnelling;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Dns;

/// <summary>How long what was answered may be kept, by clients and here, when it is not fresh or not whole.</summary>
public sealed class CachedAnswerTests
{
    private const string Allow = "ech: allow\nrules: [good.example, none.example, {allow: '**.wild.example'}]";

    // Priority 1, and the hints 203.0.113.10 and 10.0.0.1.
    private static readonly byte[] Binding = Convert.FromHexString("00010000040008CB00710A0A000001");

    [Fact]
    public async Task GrowsOlderWhileItIsKept()
    {
        await using var door = new DnsDoor(Allow, FakeNameServer.Zone(("good.example", "203.0.113.10", 50)));
        Assert.Equal(50u, (await door.AskAsync("good.example")).Answers[0].Ttl);
        Assert.Equal(30u, (await door.AskAsync("none.example")).NegativeTtl);
        door.Clock.Advance(TimeSpan.FromSeconds(20));

        Assert.InRange((await door.AskAsync("good.example")).Answers[0].Ttl, 28u, 30u);
        Assert.InRange((await door.AskAsync("none.example")).NegativeTtl, 8u, 10u);
        // One for the name that is there, and one for each family of the one that is not.
        Assert.Equal(3, door.Upstream.Queries.Count);
    }

    [Fact]
    public async Task ServiceBindingsGrowOlderToo()
    {
        await using var door = new DnsDoor(Allow, query => [Wire.Respond(query, 0, [Wire.Record("good.example", DnsType.Https, Binding, 50)])]);
        Assert.Equal(50u, (await door.AskAsync("good.example", DnsType.Https)).Answers[0].Ttl);
        door.Clock.Advance(TimeSpan.FromSeconds(20));

        Assert.InRange((await door.AskAsync("good.example", DnsType.Https)).Answers[0].Ttl, 28u, 30u);
        Assert.Single(door.Upstream.Queries);
    }

    [Theory]
    [InlineData(DnsType.A)]
    [InlineData(DnsType.Https)]
    public async Task WhatIsLeftOfAnAnswerStaysBoundForTheTimeThatClientsAreToldAndFiveMinutes(DnsType type)
    {
        await using var door = new DnsDoor(Allow, query => [Wire.Respond(query, 0, type == DnsType.A
            ? [Wire.A("good.example", "203.0.113.10", 86_400), Wire.A("good.example", "10.0.0.1", 86_400)]
            : [Wire.Record("good.example", type, Binding, 86_400)])]);
        Assert.Equal(60u, (await door.AskAsync("good.example", type)).Answers[0].Ttl);

        door.Clock.Advance(TimeSpan.FromSeconds(350));
        Assert.True(door.Map.IsBound(DnsDoor.Lifecycle, Wire.Host("good.example"), Address.FromIPv4(0xcb00710a)));
        door.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.False(door.Map.IsBound(DnsDoor.Lifecycle, Wire.Host("good.example"), Address.FromIPv4(0xcb00710a)));
    }

    [Fact]
    public async Task WhatTheCacheAnswersIsNoQuestionThatLeaves()
    {
        var options = new DnsOptions { Endpoint = "[::]:0", Tunnelling = new TunnelOptions { QueriesPerMinute = 3 } };
        await using var door = new DnsDoor(Allow, FakeNameServer.Zone(("a.wild.example", "203.0.113.10", 300)), options);
        for (var i = 0; i < 30; i++)
        {
            Assert.Equal(["203.0.113.10"], (await door.AskAsync("a.wild.example")).Addresses);
        }

        Assert.All(door.Events, told => Assert.Equal((Decision.Allow, Reason.Rule), (told.Verdict, told.Reason)));
    }
}
