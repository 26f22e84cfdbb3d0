using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Dns;
using SniProxy.Core.Policies;
using SniProxy.Dns;
using SniProxy.Tests.Resolutions;
using SniProxy.Tests.Resolutions.Synthetic;

namespace SniProxy.Tests.Dns;

/// <summary>Answers with addresses that stand for names: what is answered, and that nobody upstream hears of it.</summary>
public sealed class SyntheticDnsTests
{
    private const string Policy = "{dns: {mode: synthetic}, rules: ['ssh://good.example', 'api.github.test', {allow: '**.wild.example'}]}";
    private const string Open = "{dns: {mode: synthetic}, default: allow, rules: [{deny: evil.example}]}";

    private static Func<byte[], IReadOnlyList<byte[]>> Zone { get; } = FakeNameServer.Zone(("good.example", "203.0.113.10", 300));

    [Fact]
    public async Task ANameIsAnsweredWithItsOwnAddressesAndNothingIsAskedUpstream()
    {
        await using var door = new DnsDoor(Policy, Zone);
        var four = await door.AskAsync("Good.Example");
        var six = await door.AskAsync("good.example", DnsType.Aaaa);
        var other = await door.AskAsync("any.thing.wild.example");
        Assert.Equal(["198.18.0.1"], four.Addresses);
        Assert.Equal(["fd98:18::1"], six.Addresses);
        Assert.Equal(["198.18.0.2"], other.Addresses);
        Assert.Equal([60u, 60u, 60u], new[] { four, six, other }.Select(reply => reply.Answers[0].Ttl));
        Assert.Empty(door.Upstream.Queries);
        var told = door.Events.First();
        Assert.Equal((Decision.Allow, Reason.Rule, "A", "NOERROR 198.18.0.1"), (told.Verdict, told.Reason, told.Qtype, told.Answer));
        Assert.Equal(0, door.Map.NamesOf(DnsDoor.Lifecycle, Address.FromIPv4(0xc6120001), []));
    }

    [Theory]
    [InlineData(DnsType.Txt)]
    [InlineData(DnsType.Mx)]
    [InlineData(DnsType.Https)]
    [InlineData(DnsType.Soa)]
    [InlineData(DnsType.Any)]
    [InlineData(DnsType.Axfr)]
    [InlineData((DnsType)65_400)]
    public async Task EveryOtherTypeIsEmpty(DnsType type)
    {
        await using var door = new DnsDoor(Policy, Zone);
        var reply = await door.AskAsync("good.example", type);
        Assert.Equal((DnsRcode.NoError, 0), (reply.Rcode, reply.Answers.Count));
        Assert.Equal(Reason.QueryType, door.Event.Reason);
        Assert.Empty(door.Upstream.Queries);
        Assert.Null(door.Synthetic.NameOf(door.Sandbox, Address.FromIPv4(0xc6120001)));
    }

    [Fact]
    public async Task AModeThatWatchesTellsOfOtherTypesAndAnswersThemNoMore()
    {
        await using var door = new DnsDoor(Policy, Zone) { Judge = DnsDoor.Compile(Policy, Mode.Shadow) };
        Assert.Empty((await door.AskAsync("evil.example", DnsType.Txt)).Answers);
        Assert.Equal((Decision.Audit, Decision.Deny, Reason.QueryType), (door.Event.Verdict, door.Event.WouldBe, door.Event.Reason));
        Assert.Equal(["198.18.0.1"], (await door.AskAsync("evil.example")).Addresses);
        Assert.Empty(door.Upstream.Queries);
    }

    [Fact]
    public async Task ADeniedNameIsDeniedAndAnAddressIsNoName()
    {
        await using var door = new DnsDoor(Policy, Zone);
        var denied = await door.AskAsync("evil.example");
        Assert.Equal((DnsRcode.NxDomain, 15), (denied.Rcode, denied.Error));
        Assert.Equal(DnsRcode.NoError, (await door.AskAsync("github.test")).Rcode);
        await door.AskAsync("good.example");
        Assert.Equal(DnsRcode.NxDomain, (await door.AskAsync("1.0.18.198.in-addr.arpa", DnsType.Ptr)).Rcode);
        Assert.Empty(door.Upstream.Queries);
    }

    [Fact]
    public async Task WhatASearchListMadeExistsNowhere()
    {
        await using var door = new DnsDoor(Open, Zone, new DnsOptions { Endpoint = "[::]:0", LocalSuffixes = ["svc.cluster.local"] });
        Assert.Equal(DnsRcode.NxDomain, (await door.AskAsync("good.example.svc.cluster.local")).Rcode);
        Assert.Equal(["198.18.0.1"], (await door.AskAsync("good.example")).Addresses);
        Assert.Equal(Decision.Allow, door.Events.First().Verdict);
    }

    [Fact]
    public async Task ANameBelowASearchListThatARuleAllowsHasAnAddress()
    {
        const string policy = "{dns: {mode: synthetic}, rules: [db.svc.cluster.local]}";
        await using var door = new DnsDoor(policy, Zone, new DnsOptions { Endpoint = "[::]:0", LocalSuffixes = ["svc.cluster.local"] });
        Assert.Equal(["198.18.0.1"], (await door.AskAsync("db.svc.cluster.local")).Addresses);
    }

    [Fact]
    public async Task WhatWasLearnedByForwardingIsTheReverseOfNothing()
    {
        await using var door = new DnsDoor(Policy, Zone) { Judge = DnsDoor.Compile("rules: [good.example]") };
        await door.AskAsync("good.example");
        Assert.Single((await door.AskAsync("10.113.0.203.in-addr.arpa", DnsType.Ptr)).Answers);
        door.Judge = DnsDoor.Compile(Policy);
        Assert.Equal(DnsRcode.NxDomain, (await door.AskAsync("10.113.0.203.in-addr.arpa", DnsType.Ptr)).Rcode);
    }

    [Fact]
    public async Task ASandboxIsAnsweredInTheFamiliesThatItHas()
    {
        await using var door = new DnsDoor(Policy, Zone) { Sandbox = SyntheticUnderTest.Box("four", 3, "10.77.0.2") };
        Assert.Equal(["198.18.0.1"], (await door.AskAsync("good.example")).Addresses);
        var none = await door.AskAsync("good.example", DnsType.Aaaa);
        Assert.Equal((DnsRcode.NoError, 0), (none.Rcode, none.Answers.Count));
        Assert.Equal(Decision.Allow, door.Events.Last().Verdict);
    }

    [Fact]
    public async Task APoolOfOneFamilyAnswersThatFamily()
    {
        var options = SyntheticUnderTest.PoolOf(65_536, "fd98:18::/64");
        await using var door = new DnsDoor(Policy, Zone, new DnsOptions { Endpoint = "[::]:0", SyntheticPool = options.Blocks });
        Assert.Empty((await door.AskAsync("good.example")).Answers);
        Assert.Equal(["fd98:18::1"], (await door.AskAsync("good.example", DnsType.Aaaa)).Addresses);
    }

    [Fact]
    public async Task AFullQuotaIsAFailureThatIsCountedAndNoDenial()
    {
        await using var door = new DnsDoor(Policy, Zone, new DnsOptions { Endpoint = "[::]:0", SyntheticNamesPerSandbox = 2 });
        await door.AskAsync("good.example");
        await door.AskAsync("a.wild.example");
        var full = await door.AskAsync("b.wild.example");
        Assert.Equal((DnsRcode.ServFail, 0), (full.Rcode, full.Answers.Count));
        Assert.StartsWith("rate_limited", full.ErrorText, StringComparison.Ordinal);
        Assert.Equal(["198.18.0.1"], (await door.AskAsync("good.example")).Addresses);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(DnsRcode.ServFail, (await door.AskAsync($"n{i}.wild.example")).Rcode);
        }

        await door.TellCountedAsync();
        var told = door.Events.Where(one => one.Verdict == Decision.Deny).ToList();
        Assert.InRange(told.Count, 1, 5);
        Assert.Equal(21, told.Sum(one => one.Count));
        Assert.Contains("as many names", told[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatCannotBeStoredIsAFailure()
    {
        await using var door = new DnsDoor(Policy, Zone);
        door.Disk.IsFailing = true;
        Assert.Equal(DnsRcode.ServFail, (await door.AskAsync("good.example")).Rcode);
        Assert.Equal((Reason.Overloaded, Decision.Deny), (door.Event.Reason, door.Event.Verdict));
        Assert.Contains("the store", door.Event.Message, StringComparison.Ordinal);
        door.Disk.IsFailing = false;
        Assert.Equal(DnsRcode.NoError, (await door.AskAsync("good.example")).Rcode);
    }

    [Fact]
    public async Task APolicyThatForwardsIsServedBesideIt()
    {
        await using var door = new DnsDoor(Policy, Zone);
        Assert.Equal(["198.18.0.1"], (await door.AskAsync("good.example")).Addresses);
        door.Judge = DnsDoor.Compile("rules: [good.example]");
        Assert.Equal(["203.0.113.10"], (await door.AskAsync("good.example")).Addresses);
        door.Judge = DnsDoor.Compile(Policy);
        Assert.Equal(["198.18.0.1"], (await door.AskAsync("good.example")).Addresses);
        Assert.Single(door.Upstream.Queries);
    }

    [Theory]
    [InlineData("198.18.7.7", false)]
    [InlineData("203.0.113.7", true)]
    public void AnAddressOfThePoolIsNobodysAnswer(string text, bool mayBeAnswered)
    {
        Assert.True(Address.TryParse(text, out var address));
        var judge = DnsDoor.Compile("{dns: {mode: synthetic}, rules: [{allow: good.example, resolvesTo: [198.18.0.0/15]}]}");
        Assert.Equal(mayBeAnswered, judge.MayAnswer(Wire.Host("good.example"), address));
    }
}
