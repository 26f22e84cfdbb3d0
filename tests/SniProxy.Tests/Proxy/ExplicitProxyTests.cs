using SniProxy.Core.Contract;

namespace SniProxy.Tests.Proxy;

/// <summary>Clients that ask for a destination themselves: CONNECT and absolute-form requests.</summary>
public sealed class ExplicitProxyTests
{
    private static readonly byte[] AccessDenied = Hellos.Alert(49);

    [Fact]
    public async Task ConnectLeadsToTheNameThatWasResolvedHere()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.AllowingAsync($"good.example:{origin.Port}");
        using var client = await door.TunnelAsync($"good.example:{origin.Port}");
        Assert.False(origin.WasReached);
        var hello = Hellos.For("good.example");
        await client.SendAsync(hello);
        using var server = await origin.AcceptAsync();
        Assert.Equal(hello, await server.ReadAsync(hello.Length));
        await server.SendAsync("answer");
        Assert.Equal("answer", await client.ReadTextAsync(6));
        client.Finish();
        server.Finish();
        await client.HearOutAsync();
        var told = await door.NextEventAsync();
        Assert.Equal((Decision.Allow, Reason.Rule, Ending.Closed), (told.Verdict, told.Reason, told.Ending));
        Assert.Equal(("good.example", Evidence.Sni, $"127.0.0.1:{origin.Port}"), (told.Name, told.Evidence, told.Dialled?.ToString()));
        Assert.Equal((hello.Length, 6L), (told.BytesUp, told.BytesDown));
        Assert.Equal((ProxyDoor.SandboxId, "test", Protocol.Tls, false), (told.Sandbox, told.Policy, told.Protocol, told.Rewritten));
    }

    [Fact]
    public async Task RefusesAnotherServerNameInsideTheTunnel()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.OpenAsync($"rules: [\"good.example:{origin.Port}\", \"other.example:{origin.Port}\"]");
        using var client = await door.TunnelAsync($"good.example:{origin.Port}");
        await client.SendAsync(Hellos.For("other.example"));
        var heard = await client.HearOutAsync();
        Assert.Equal(AccessDenied, heard.Bytes);
        Assert.False(heard.WasReset);
        var told = await door.NextEventAsync();
        Assert.Equal((Decision.Deny, Reason.NameMismatch, Ending.Refused), (told.Verdict, told.Reason, told.Ending));
        Assert.False(origin.WasReached);
    }

    [Fact]
    public async Task RefusesAnotherHostInsideTheTunnel()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.OpenAsync($"rules: [\"good.example:{origin.Port}\", \"other.example:{origin.Port}\"]");
        using var client = await door.TunnelAsync($"good.example:{origin.Port}");
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: other.example:{origin.Port}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 403 ", (await client.HearOutAsync()).Text, StringComparison.Ordinal);
        Assert.Equal(Reason.NameMismatch, (await door.NextEventAsync()).Reason);
        Assert.False(origin.WasReached);
    }

    [Theory]
    [InlineData("https://good.example:{0}", false)]
    [InlineData("tcp://good.example:{0}", true)]
    public async Task OtherBytesInsideTheTunnelNeedARuleForThem(string entry, bool passes)
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.AllowingAsync(string.Format(null, entry, origin.Port));
        using var client = await door.TunnelAsync($"good.example:{origin.Port}");
        byte[] strange = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
        await client.SendAsync(strange);
        if (passes)
        {
            using var server = await origin.AcceptAsync();
            Assert.Equal(strange, await server.ReadAsync(strange.Length));
            return;
        }

        Assert.True((await client.HearOutAsync()).WasReset);
        Assert.Equal(Decision.Deny, (await door.NextEventAsync()).Verdict);
        Assert.False(origin.WasReached);
    }

    [Fact]
    public async Task AnswersARefusedConnectReadably()
    {
        await using var door = await ProxyDoor.AllowingAsync("good.example");
        using var client = await door.ConnectAsync("CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n");
        var answer = await client.HearOutAsync();
        var told = await door.NextEventAsync();
        Assert.False(answer.WasReset);
        Assert.StartsWith("HTTP/1.1 403 ", answer.Text, StringComparison.Ordinal);
        Assert.Contains("\r\nProxy-Status: sniproxy; error=http_request_denied; details=\"default\"\r\n", answer.Text, StringComparison.Ordinal);
        Assert.Contains(told.Id, answer.Text, StringComparison.Ordinal);
        Assert.Equal(("evil.example", Evidence.Connect, Decision.Deny, Reason.Default), (told.Name, told.Evidence, told.Verdict, told.Reason));
    }

    [Theory]
    [InlineData("evil.example:443", "evil.example")]
    [InlineData("evil.example:80", "evil.example")]
    [InlineData("203.0.113.7:443", "203.0.113.7")]
    [InlineData("evil.example:8443", "evil.example:8443")]
    public async Task ARefusedConnectIsToldTheEntryForWhatItsPortPromises(string authority, string entry)
    {
        await using var door = await ProxyDoor.AllowingAsync("good.example");
        using var client = await door.ConnectAsync($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        await client.HearOutAsync();
        Assert.EndsWith($"; to allow it, write \"{entry}\"", (await door.NextEventAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ALiteralNeedsARuleForTheAddress()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.AllowingAsync($"good.example:{origin.Port}");
        using var client = await door.ConnectAsync($"CONNECT 127.0.0.1:{origin.Port} HTTP/1.1\r\nHost: 127.0.0.1:{origin.Port}\r\n\r\n");
        var answer = await client.HearOutAsync();
        Assert.StartsWith("HTTP/1.1 403 ", answer.Text, StringComparison.Ordinal);
        Assert.False(origin.WasReached);
    }

    [Fact]
    public async Task TheNameInsideATunnelToALiteralIsJudgedAsWell()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.OpenAsync($"rules: [{{ deny: [evil.example] }}, \"127.0.0.1:{origin.Port}\"]");
        using (var client = await door.TunnelAsync($"127.0.0.1:{origin.Port}"))
        {
            await client.SendAsync(Hellos.For("evil.example"));
            Assert.Equal(AccessDenied, (await client.HearOutAsync()).Bytes);
            Assert.False(origin.WasReached);
        }

        using var allowed = await door.TunnelAsync($"127.0.0.1:{origin.Port}");
        await allowed.SendAsync(Hellos.For("anything.example"));
        using var server = await origin.AcceptAsync();
        Assert.Equal(22, Assert.Single(await server.ReadAsync(1)));
    }

    [Fact]
    public async Task AnAbsoluteFormRequestGoesOnInOriginForm()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.AllowingAsync($"good.example:{origin.Port}");
        using var client = await door.ConnectAsync(
            $"GET http://good.example:{origin.Port}/path?q=1 HTTP/1.1\r\nHost: good.example:{origin.Port}\r\nProxy-Connection: keep-alive\r\n\r\n");
        using var server = await origin.AcceptAsync();
        var head = await server.ReadHeadAsync();
        Assert.StartsWith($"GET /path?q=1 HTTP/1.1\r\nHost: good.example:{origin.Port}\r\n", head, StringComparison.Ordinal);
        await server.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        Assert.EndsWith("\r\n\r\n", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal("ok", await client.ReadTextAsync(2));
    }

    [Theory]
    [InlineData("GET http://good.example:{0}/ HTTP/1.1\r\nHost: other.example:{0}\r\n\r\n")]
    [InlineData("GET http://good.example:{0}/ HTTP/1.1\r\nHost: good.example:{0}\r\nHost: good.example:{0}\r\n\r\n")]
    [InlineData("GET /path HTTP/1.1\r\nHost: good.example:{0}\r\n\r\n")]
    [InlineData("CONNECT good.example HTTP/1.1\r\nHost: good.example\r\n\r\n")]
    [InlineData("GET https://good.example:{0}/ HTTP/1.1\r\nHost: good.example:{0}\r\n\r\n")]
    public async Task WhatIsNoProxyRequestIsToldSo(string request)
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.OpenAsync($"rules: [\"good.example:*\", \"other.example:*\"]");
        using var client = await door.ConnectAsync(string.Format(null, request, origin.Port));
        var answer = await client.HearOutAsync();
        Assert.False(answer.WasReset);
        Assert.StartsWith("HTTP/1.1 403 ", answer.Text, StringComparison.Ordinal);
        Assert.Equal(Reason.MalformedRequest, (await door.NextEventAsync()).Reason);
        Assert.False(origin.WasReached);
    }

    [Fact]
    public async Task TlsAndOtherBytesAreNoProxyRequest()
    {
        await using var door = await ProxyDoor.AllowingAsync("good.example");
        using var tls = await door.ConnectAsync(Hellos.For("good.example"));
        Assert.Equal(AccessDenied, (await tls.HearOutAsync()).Bytes);
        Assert.Equal((Decision.Deny, Reason.MalformedRequest), await VerdictAsync(door));
        using var ssh = await door.ConnectAsync("SSH-2.0-client\r\n");
        Assert.True((await ssh.HearOutAsync()).WasReset);
        Assert.Equal((Decision.Deny, Reason.MalformedRequest), await VerdictAsync(door));
    }

    [Fact]
    public async Task NeverLeadsBackIntoTheAppliance()
    {
        await using var door = await ProxyDoor.AllowingAsync("127.0.0.0/8:*");
        using var client = await door.ConnectAsync($"CONNECT 127.0.0.1:{door.Port} HTTP/1.1\r\nHost: 127.0.0.1:{door.Port}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 403 ", (await client.HearOutAsync()).Text, StringComparison.Ordinal);
        Assert.Equal((Decision.Deny, Reason.GuardSelf), await VerdictAsync(door));
    }

    [Fact]
    public async Task TheGuardStandsAboveEveryRule()
    {
        await using var door = await ProxyDoor.AllowingAsync("127.0.0.0/8:*", new DoorPlan { Exempt = [] });
        using var client = await door.ConnectAsync("CONNECT 127.0.0.1:443 HTTP/1.1\r\nHost: 127.0.0.1:443\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 403 ", (await client.HearOutAsync()).Text, StringComparison.Ordinal);
        Assert.Equal((Decision.Deny, Reason.GuardNever), await VerdictAsync(door));
    }

    [Fact]
    public async Task AnAllowedNameThatLeadsInwardsIsNotDialled()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.AllowingAsync($"good.example:{origin.Port}", new DoorPlan { Exempt = [] });
        using var client = await door.TunnelAsync($"good.example:{origin.Port}");
        await client.SendAsync(Hellos.For("good.example"));
        Assert.Equal(AccessDenied, (await client.HearOutAsync()).Bytes);
        Assert.Equal((Decision.Deny, Reason.GuardNever), await VerdictAsync(door));
        Assert.False(origin.WasReached);
    }

    private static async Task<(Decision Decision, Reason Reason)> VerdictAsync(ProxyDoor door)
    {
        var told = await door.NextEventAsync();
        return (told.Verdict, told.Reason);
    }
}
