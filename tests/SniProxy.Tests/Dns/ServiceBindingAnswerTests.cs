using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Dns;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Dns;

/// <summary>HTTPS and SVCB records: kept back, or with <c>ech: allow</c> passed on with no address that was not learned.</summary>
public sealed class ServiceBindingAnswerTests
{
    private const string Allow = "ech: allow\nrules: [{deny: [evil.example]}, good.example]";

    // Priority 1, alpn h2, hints 203.0.113.10 and 10.0.0.1, ech.
    private static readonly byte[] Mixed = Convert.FromHexString("00010000010003026832" + "00040008CB00710A0A000001" + "00050004DEAD0001");
    private static readonly byte[] Plain = Convert.FromHexString("00010000010003026832" + "00050004DEAD0001");

    [Theory]
    [InlineData("ech: strip", false)]
    [InlineData("ech: deny", false)]
    [InlineData("ech: allow", true)]
    [InlineData("mode: enforce", false)]
    public async Task AreEmptyUnlessThePolicyAllowsEch(string ech, bool strict)
    {
        var policy = $"{ech}\nrules: [good.example]";
        await using var door = new DnsDoor(policy, Answer(Plain)) { Judge = DnsDoor.Compile(policy, strict: strict) };
        foreach (var type in new[] { DnsType.Https, DnsType.Svcb })
        {
            var reply = await door.AskAsync("good.example", type);
            Assert.Equal((DnsRcode.NoError, 0, 5u, 15), (reply.Rcode, reply.Answers.Count, reply.NegativeTtl, reply.Error));
        }

        Assert.Empty(door.Upstream.Queries);
        Assert.All(door.Events, told => Assert.Equal((Decision.Deny, Reason.QueryType), (told.Verdict, told.Reason)));
    }

    [Theory]
    [InlineData(DnsType.Https)]
    [InlineData(DnsType.Svcb)]
    public async Task PassUnchangedWhereThereIsNothingToTakeOut(DnsType type)
    {
        await using var door = new DnsDoor(Allow, Answer(Plain));
        var record = Assert.Single((await door.AskAsync("good.example", type)).Answers);

        Assert.Equal((type, 60u), (record.Type, record.Ttl));
        Assert.Equal(Plain, record.Content.ToArray());
        Assert.Equal((Decision.Allow, Reason.Rule), (door.Event.Verdict, door.Event.Reason));
    }

    [Fact]
    public async Task GiveNoHintThatIsNotLearned()
    {
        await using var door = new DnsDoor(Allow, Answer(Mixed));
        var record = Assert.Single((await door.AskAsync("good.example", DnsType.Https)).Answers);

        Assert.Equal(Convert.FromHexString("00010000010003026832" + "00040004CB00710A" + "00050004DEAD0001"), record.Content.ToArray());
        Assert.True(door.Map.IsBound(DnsDoor.Lifecycle, Wire.Host("good.example"), Address.FromIPv4(0xcb00710a)));
        Assert.False(door.Map.IsBound(DnsDoor.Lifecycle, Wire.Host("good.example"), Address.FromIPv4(0x0a000001)));
        Assert.Single(door.Learned);
    }

    [Fact]
    public async Task AreDroppedAllTogetherWhereOneIsMalformed()
    {
        await using var door = new DnsDoor(Allow, Answer(Mixed, [.. Plain, 0]));
        var reply = await door.AskAsync("good.example", DnsType.Https);

        Assert.Equal((DnsRcode.NoError, 0), (reply.Rcode, reply.Answers.Count));
        Assert.Equal(Reason.UpstreamUnresolvable, door.Event.Reason);
        Assert.False(door.Map.IsBound(DnsDoor.Lifecycle, Wire.Host("good.example"), Address.FromIPv4(0xcb00710a)));
    }

    [Fact]
    public async Task AreEmptyWhereNoneCanBeUsedWithoutAForbiddenHint()
    {
        await using var door = new DnsDoor(Allow, Answer(Convert.FromHexString("000100" + "000000020004" + "000400040A000001")));
        var reply = await door.AskAsync("good.example", DnsType.Https);

        Assert.Equal((DnsRcode.NoError, 0, 15), (reply.Rcode, reply.Answers.Count, reply.Error));
        Assert.Equal((Decision.Deny, Reason.Rebinding), (door.Event.Verdict, door.Event.Reason));
    }

    // The alias alone would say that there is something at its end.
    [Fact]
    public async Task AreEmptyBehindAnAliasWhereNoneIsLeft()
    {
        await using var door = new DnsDoor(Allow, query => [Wire.Respond(query, 0,
        [
            Wire.Cname("good.example", "cdn.test"),
            Wire.Record("cdn.test", DnsType.Https, Convert.FromHexString("000100" + "000000020004" + "000400040A000001")),
        ])]);
        var reply = await door.AskAsync("good.example", DnsType.Https);

        Assert.Equal((DnsRcode.NoError, 0, 15), (reply.Rcode, reply.Answers.Count, reply.Error));
        Assert.Equal((Decision.Deny, Reason.Rebinding), (door.Event.Verdict, door.Event.Reason));
    }

    [Fact]
    public async Task LeadToNoTargetThatARuleDenies()
    {
        await using var door = new DnsDoor(Allow, Answer([0, 0, .. Wire.Name("evil.example")]));
        var reply = await door.AskAsync("good.example", DnsType.Https);

        Assert.Equal((DnsRcode.NxDomain, 0), (reply.Rcode, reply.Answers.Count));
        Assert.Equal((Decision.Deny, Reason.Rule), (door.Event.Verdict, door.Event.Reason));
    }

    private static Func<byte[], IReadOnlyList<byte[]>> Answer(params byte[][] contents) => query =>
        [Wire.Respond(query, 0, [.. contents.Select(content => Wire.Record("good.example", Wire.Asked(query).Type, content))])];
}
