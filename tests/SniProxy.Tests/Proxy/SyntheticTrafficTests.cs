using System.Net;
using SniProxy.Core.Contract;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Proxy;

/// <summary>Connections to addresses that stand for names.</summary>
public sealed class SyntheticTrafficTests
{
    private static readonly byte[] AccessDenied = Hellos.Alert(49);

    public static TheoryData<string, string> Openings => new()
    {
        { "ssh", "SSH-2.0-client\r\n" },
        { "redis", "*1\r\n$4\r\nPING\r\n" },
        { "postgres", "\0\0\0\u0008\u0004\u00d2\u0016\u002f" },
        { "other", "\u0001\u0002anything" },
        { "http", "GET / HTTP/1.1\r\nHost: good.example:PORT\r\n\r\n" },
    };

    [Theory]
    [MemberData(nameof(Openings))]
    [Trait("Set", "correctness")]
    public async Task TheAddressGivesTheNameWhateverTheProtocol(string protocol, string opening)
    {
        using var origin = new Origin();
        await using var door = await OpenAsync($"tcp://good.example:{origin.Port}", "198.18.0.1", origin.Port);
        await AssignAsync(door, "good.example");
        Assert.Equal(0, door.Questions);
        opening = opening.Replace("PORT", $"{origin.Port}", StringComparison.Ordinal);
        using var client = await door.ConnectAsync(opening);
        using var server = await origin.AcceptAsync();
        Assert.Equal(opening, await server.ReadTextAsync(opening.Length));
        server.Reset();
        await client.HearOutAsync();
        var told = await door.NextEventAsync();
        Assert.Equal((Decision.Allow, protocol, "good.example", Evidence.Synthetic), (told.Verdict, told.Protocol.Identifier(), told.Name, told.Evidence));
        Assert.Equal(($"198.18.0.1:{origin.Port}", $"127.0.0.1:{origin.Port}", true, true), (told.OriginalDestination?.ToString(), told.Dialled?.ToString(), told.Bound, told.Rewritten));
    }

    [Fact]
    [Trait("Set", "correctness")]
    public async Task AServerMaySpeakFirstOverIPv6()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync($"tcp://good.example:{origin.Port}", "fd98:18::1", origin.Port, serverFirst: true);
        await AssignAsync(door, "good.example");
        using var client = await door.ConnectAsync();
        using var server = await origin.AcceptAsync();
        await server.SendAsync("220 hello\r\n");
        Assert.Equal("220 hello\r\n", await client.ReadTextAsync(11));
        await client.SendAsync("NOOP\r\n");
        Assert.Equal("NOOP\r\n", await server.ReadTextAsync(6));
        server.Reset();
        await client.HearOutAsync();
        var told = await door.NextEventAsync();
        Assert.Equal((Decision.Allow, "good.example", Evidence.Synthetic, true), (told.Verdict, told.Name, told.Evidence, told.Bound));
    }

    [Fact]
    public async Task WhatIsSaidAfterTheServerMustBeTheAddresssOwnName()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync($"tcp://good.example:{origin.Port}", "198.18.0.1", origin.Port, serverFirst: true);
        await AssignAsync(door, "good.example");
        using (var client = await door.ConnectAsync())
        {
            using var server = await origin.AcceptAsync();
            await server.SendAsync("x");
            await client.ReadAsync(1);
            await client.SendAsync(Hellos.For("good.example"));
            await server.ReadAsync(100);
            server.Reset();
            await client.HearOutAsync();
        }

        Assert.Equal(Decision.Allow, (await door.NextEventAsync()).Verdict);
        using var liar = await door.ConnectAsync();
        using var deceived = await origin.AcceptAsync();
        await deceived.SendAsync("x");
        await liar.ReadAsync(1);
        await liar.SendAsync(Hellos.For("other.example"));
        Assert.Empty((await deceived.HearOutAsync()).Bytes);
        Assert.Equal(Reason.NameMismatch, (await door.NextEventAsync(EventKind.Request)).Reason);
    }

    [Theory]
    [InlineData("other.example", false)]
    [InlineData("good.example", true)]
    [InlineData("GOOD.example", true)]
    public async Task AServerNameMustBeTheAddresssOwn(string serverName, bool passes)
    {
        using var origin = new Origin();
        await using var door = await OpenAsync($"tls://*.example:{origin.Port}", "198.18.0.1", origin.Port);
        await AssignAsync(door, "good.example");
        using var client = await door.ConnectAsync(Hellos.For(serverName));
        if (passes)
        {
            using var server = await origin.AcceptAsync();
            await server.ReadAsync(100);
            server.Reset();
            await client.HearOutAsync();
            Assert.Equal(Evidence.Synthetic, (await door.NextEventAsync()).Evidence);
            return;
        }

        Assert.Equal(AccessDenied, (await client.HearOutAsync()).Bytes);
        var told = await door.NextEventAsync();
        Assert.Equal((Reason.NameMismatch, serverName), (told.Reason, told.Name));
        Assert.False(origin.WasReached);
    }

    [Theory]
    [InlineData("other.example")]
    [InlineData("198.18.0.1")]
    public async Task AHostMustBeTheAddresssOwnName(string host)
    {
        using var origin = new Origin();
        await using var door = await OpenAsync($"http://*.example:{origin.Port}", "198.18.0.1", origin.Port);
        await AssignAsync(door, "good.example");
        using var client = await door.ConnectAsync($"GET / HTTP/1.1\r\nHost: {host}:{origin.Port}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 403 ", (await client.HearOutAsync()).Text, StringComparison.Ordinal);
        Assert.Equal(Reason.NameMismatch, (await door.NextEventAsync()).Reason);
        Assert.False(origin.WasReached);
    }

    [Fact]
    public async Task TlsWithoutAServerNameIsRefusedAsEver()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync($"tcp://good.example:{origin.Port}", "198.18.0.1", origin.Port);
        await AssignAsync(door, "good.example");
        using var client = await door.ConnectAsync(Hellos.For("127.0.0.1"));
        await client.HearOutAsync();
        Assert.Equal((Decision.Deny, Reason.NoServerName), (await door.NextEventAsync()) is var told ? (told.Verdict, told.Reason) : default);
        Assert.False(origin.WasReached);
    }

    [Theory]
    [InlineData("198.18.0.2", null)]
    [InlineData("fd98:18::2", null)]
    [InlineData("198.18.0.2", Mode.Shadow)]
    [InlineData("198.18.0.2", Mode.Observe)]
    [InlineData("198.18.0.0", null)]
    public async Task AnAddressThatStandsForNothingIsDeniedInEveryMode(string address, Mode? mode)
    {
        using var origin = new Origin();
        await using var door = await OpenAsync($"any\", \"tcp://198.18.0.0/15:*\", \"tcp://[fd98:18::]/64:*", address, origin.Port, mode: mode);
        await AssignAsync(door, "good.example");
        using var client = await door.ConnectAsync("SSH-2.0-client\r\n");
        Assert.True((await client.HearOutAsync()).WasReset);
        var told = await door.NextEventAsync();
        Assert.Equal((Decision.Deny, Reason.UnboundName, null), (told.Verdict, told.Reason, told.Dialled));
    }

    [Fact]
    public async Task ARawAddressNeedsAnAddressRule()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync($"tls://good.example:{origin.Port}", "127.0.0.1", origin.Port);
        using var named = await door.ConnectAsync(Hellos.For("good.example"));
        Assert.Equal(AccessDenied, (await named.HearOutAsync()).Bytes);
        Assert.Equal(Reason.UnboundName, (await door.NextEventAsync()).Reason);
        Assert.Equal((0, false), (door.Questions, origin.WasReached));

        door.Publish($"{{dns: {{mode: synthetic}}, rules: ['127.0.0.1:{origin.Port}']}}");
        using var client = await door.ConnectAsync(Hellos.For("good.example"));
        using var server = await origin.AcceptAsync();
        await server.ReadAsync(100);
        server.Reset();
        await client.HearOutAsync();
        Assert.Equal((Decision.Allow, false), (await door.NextEventAsync()) is var told ? (told.Verdict, told.Rewritten) : default);
    }

    [Fact]
    public async Task TheNamesOwnAddressesAreJudged()
    {
        await using var door = await OpenAsync("tcp://private.example:2222", "198.18.0.1", 2222, zone: [("private.example", "10.1.2.3")]);
        await AssignAsync(door, "private.example");
        using var client = await door.ConnectAsync("SSH-2.0-client\r\n");
        Assert.True((await client.HearOutAsync()).WasReset);
        Assert.Equal(Reason.GuardPrivate, (await door.NextEventAsync()).Reason);
    }

    [Fact]
    public async Task ANameThatLeadsBackIntoThePoolLeadsNowhere()
    {
        await using var door = await OpenAsync("tcp://loop.example:2222", "198.18.0.1", 2222, zone: [("loop.example", "198.18.0.1")], extra: ", resolvesTo: [198.18.0.0/15]");
        await AssignAsync(door, "loop.example");
        using var client = await door.ConnectAsync("SSH-2.0-client\r\n");
        Assert.True((await client.HearOutAsync()).WasReset);
        Assert.Equal(Reason.GuardNever, (await door.NextEventAsync()).Reason);
    }

    [Fact]
    public async Task InShadowTheNameIsDialledAndTheDenialTold()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync("other.example", "198.18.0.1", origin.Port, mode: Mode.Shadow);
        await AssignAsync(door, "good.example");
        using var client = await door.ConnectAsync("SSH-2.0-client\r\n");
        using var server = await origin.AcceptAsync();
        await server.ReadAsync(16);
        server.Reset();
        await client.HearOutAsync();
        var told = await door.NextEventAsync();
        Assert.Equal((Decision.Audit, Decision.Deny, Reason.Default), (told.Verdict, told.WouldBe, told.Reason));
    }

    [Fact]
    public async Task StrictModeKnowsTheNameAsBound()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync($"tls://good.example:{origin.Port}", "198.18.0.1", origin.Port);
        door.Book.SetStrict(true, null, null, "test");
        await AssignAsync(door, "good.example");
        using var client = await door.ConnectAsync(Hellos.For("good.example"));
        using var server = await origin.AcceptAsync();
        await server.ReadAsync(100);
        server.Reset();
        await client.HearOutAsync();
        Assert.Equal(Decision.Allow, (await door.NextEventAsync()).Verdict);
    }

    [Fact]
    public async Task AnOpenFlowIsJudgedByItsNameWhenSomethingChanges()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync($"tcp://good.example:{origin.Port}", "198.18.0.1", origin.Port);
        await AssignAsync(door, "good.example");
        using var client = await door.ConnectAsync("SSH-2.0-client\r\n");
        using var server = await origin.AcceptAsync();
        await server.ReadAsync(16);

        // Forwarding or not, the name is the same and allowed.
        door.Publish($"rules: ['tcp://good.example:{origin.Port}']");
        door.Publish($"{{dns: {{mode: synthetic}}, rules: ['tcp://good.example:{origin.Port}', 'x.example']}}");
        await client.SendAsync("more");
        Assert.Equal("more", await server.ReadTextAsync(4));
        door.Publish("{dns: {mode: synthetic}, rules: ['x.example']}");
        await client.HearOutAsync();
        Assert.Equal((Ending.Revoked, Reason.PolicyChanged), (await door.NextEventAsync()) is var told ? (told.Ending, told.Reason) : default);
    }

    [Fact]
    public async Task WhereAPolicyForwardsByNowTheAddressMeansWhatItMeant()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync("x.example", "198.18.0.1", origin.Port);
        await AssignAsync(door, "good.example");
        door.Publish($"rules: ['tcp://good.example:{origin.Port}']");
        using var client = await door.ConnectAsync("SSH-2.0-client\r\n");
        using var server = await origin.AcceptAsync();
        await server.ReadAsync(16);
        server.Reset();
        await client.HearOutAsync();
        Assert.Equal((Decision.Allow, Evidence.Synthetic), (await door.NextEventAsync()) is var told ? (told.Verdict, told.Evidence) : default);
    }

    [Fact]
    public async Task AFlowKeepsItsAddressFromBeingGivenAway()
    {
        using var origin = new Origin();
        var clock = new ShiftedClock();
        await using var door = await OpenAsync($"tcp://good.example:{origin.Port}", "198.18.0.1", origin.Port, clock: clock, names: 1);
        await AssignAsync(door, "good.example");
        using (var client = await door.ConnectAsync("SSH-2.0-client\r\n"))
        {
            using var server = await origin.AcceptAsync();
            await server.ReadAsync(16);
            clock.Advance(TimeSpan.FromHours(1));
            Assert.NotEqual(default, await door.Synthetic.AssignAsync(door.Sandbox, Wire.Host("good.example")));
            clock.Advance(TimeSpan.FromHours(1));
            Assert.Equal(default, await door.Synthetic.AssignAsync(door.Sandbox, Wire.Host("other.example")));
            server.Reset();
            await client.HearOutAsync();
        }

        await door.NextEventAsync();
        for (var patience = 0; (await door.Synthetic.AssignAsync(door.Sandbox, Wire.Host("other.example"))).Status == default; patience++)
        {
            Assert.True(patience < 500, "the flow is over and still holds its address");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    private static async Task AssignAsync(ProxyDoor door, string name) => await door.Synthetic.AssignAsync(door.Sandbox, Wire.Host(name));

    private static Task<ProxyDoor> OpenAsync(
        string entries, string sentTo, int port, bool serverFirst = false, Mode? mode = null, (string, string)[]? zone = null, string extra = "",
        TimeProvider? clock = null, int names = 65_536)
    {
        var plan = new DoorPlan
        {
            IsTransparent = true,
            SentTo = new IPEndPoint(IPAddress.Parse(sentTo), port).ToString(),
            Mode = mode,
            SyntheticNames = names,
        };
        plan = serverFirst ? plan with { Options = plan.Options with { ServerFirstPorts = new HashSet<int> { port } } } : plan;
        plan = zone is null ? plan : plan with { Zone = zone };
        plan = clock is null ? plan : plan with { Clock = clock };
        return ProxyDoor.OpenAsync($"{{dns: {{mode: synthetic}}, rules: [{{allow: [\"{entries}\"]{extra}}}]}}", plan);
    }
}
