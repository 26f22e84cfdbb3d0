using SniProxy.Core.Contract;
using SniProxy.Core.Dns;
using SniProxy.Dns;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Dns;

/// <summary>Data in the names under an allowed wildcard, as the sandbox and the operator see it.</summary>
public sealed class TunnellingTests
{
    private const string Policy = "rules: [{allow: ['**.wild.example'], label: content}, api.wild.example]";
    private const string Payload = "abcdefghijklmnopqrstuvwxyz";

    // Every name has an address, as under the domain of whoever runs a tunnel.
    private static IReadOnlyList<byte[]> Everything(byte[] query) =>
        [Wire.Respond(query, 0, [Wire.A(Wire.Asked(query).Name, "203.0.113.10")])];

    [Fact]
    public async Task IsToldThenDeniedForTenMinutesWhileSpeltOutNamesGoOn()
    {
        await using var door = new DnsDoor(Policy, Everything);
        for (var i = 0; i < 30; i++)
        {
            Assert.Equal(["203.0.113.10"], (await door.AskAsync($"{i}.{Payload}.wild.example")).Addresses);
        }

        Assert.Equal(20, door.Events.Count(told => (told.Verdict, told.Reason, told.WouldBe) == (Decision.Allow, Reason.Tunnelling, null)));
        var denied = await door.AskAsync($"30.{Payload}.wild.example");
        Assert.Equal((DnsRcode.NxDomain, 5u, 15), (denied.Rcode, denied.NegativeTtl, denied.Error));
        Assert.StartsWith("tunnelling;", denied.ErrorText);
        var last = door.Events.Last();
        Assert.Equal((Decision.Deny, Reason.Tunnelling, "1 (content)"), (last.Verdict, last.Reason, last.Rule));
        Assert.Contains("under wild.example 31 names in ten minutes", last.Message, StringComparison.Ordinal);

        Assert.Equal(DnsRcode.NxDomain, (await door.AskAsync("www.wild.example", DnsType.Txt)).Rcode);
        Assert.Equal(30, door.Upstream.Queries.Count);
        Assert.Equal(["203.0.113.10"], (await door.AskAsync("api.wild.example")).Addresses);
        door.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(["203.0.113.10"], (await door.AskAsync("www.wild.example")).Addresses);
    }

    [Fact]
    public async Task NamesThatARuleSpellsOutAreExempt()
    {
        var names = Enumerable.Range(0, 400).Select(i => $"n{i}.wild.example").ToList();
        var options = new DnsOptions { Endpoint = "[::]:0", QueriesPerSecondPerSandbox = 10_000 };
        await using var door = new DnsDoor($"rules: [{string.Join(", ", names)}, {{allow: '**.wild.example'}}]", Everything, options);
        foreach (var name in names)
        {
            Assert.Equal(["203.0.113.10"], (await door.AskAsync(name)).Addresses);
        }

        Assert.DoesNotContain(door.Events, told => told.Reason == Reason.Tunnelling);
    }

    [Fact]
    public async Task ShadowTellsThatItWouldDeny()
    {
        await using var door = new DnsDoor(Policy, Everything) { Judge = DnsDoor.Compile(Policy, Mode.Shadow) };
        for (var i = 0; i < 31; i++)
        {
            Assert.Equal(["203.0.113.10"], (await door.AskAsync($"{i}.{Payload}.wild.example")).Addresses);
        }

        var last = door.Events.Last();
        Assert.Equal((Decision.Audit, Decision.Deny, Reason.Tunnelling), (last.Verdict, last.WouldBe, last.Reason));
        Assert.StartsWith("[shadow] would deny: a tunnel", last.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShadowTellsOfANameThatNoRuleAllowsThatItIsNotAllowed()
    {
        await using var door = new DnsDoor(Policy, Everything) { Judge = DnsDoor.Compile(Policy, Mode.Shadow) };
        for (var i = 0; i < 31; i++)
        {
            await door.AskAsync($"{i}.{Payload}.other.example");
        }

        Assert.All(door.Events, told => Assert.Equal((Decision.Deny, Reason.NameNotAllowed), (told.WouldBe, told.Reason)));
    }

    [Fact]
    public async Task TheSuffixItselfStaysForTheNamesBelowIt()
    {
        const string policy = "rules: [.wild.example, api.wild.example]";
        await using var door = new DnsDoor(policy, Everything);
        for (var i = 0; i < 31; i++)
        {
            await door.AskAsync($"{i}.{Payload}.wild.example");
        }

        var reply = await door.AskAsync("wild.example");
        Assert.Equal((DnsRcode.NoError, 0, 15), (reply.Rcode, reply.Answers.Count, reply.Error));
        Assert.Equal(Reason.Tunnelling, door.Events.Last().Reason);
    }

    // Nothing leaves with either, but somebody tries: a few of them are told, of ordinary names a hundred would be needed.
    [Theory]
    [InlineData(DnsType.Cname)]
    [InlineData(DnsType.Null)]
    [InlineData((DnsType)65_300)]
    public async Task ATypeThatNoProgramNeedsIsToldSoon(DnsType type)
    {
        await using var door = new DnsDoor("rules: [{allow: '**.wild.example'}]");
        for (var i = 0; i < 5; i++)
        {
            await door.AskAsync($"n{i}.wild.example", type);
        }

        Assert.Equal(Reason.Tunnelling, door.Events.Last().Reason);
    }

    [Fact]
    public async Task LimitsAreConfigured()
    {
        var options = new DnsOptions { Endpoint = "[::]:0", Tunnelling = new() { Names = 2, DenyFor = TimeSpan.FromMinutes(1) } };
        await using var door = new DnsDoor(Policy, Everything, options);
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(DnsRcode.NoError, (await door.AskAsync($"n{i}.wild.example")).Rcode);
        }

        Assert.Equal(DnsRcode.NxDomain, (await door.AskAsync("n6.wild.example")).Rcode);
        door.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(DnsRcode.NoError, (await door.AskAsync("n6.wild.example")).Rcode);
    }
}
