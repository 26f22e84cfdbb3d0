using SniProxy.Core.Contract;

namespace SniProxy.Tests.Proxy;

/// <summary>Clients that know nothing of a proxy: whatever they sent their packets to, names are judged, and what is dialled is ours to say.</summary>
public sealed class TransparentProxyTests
{
    private static readonly byte[] AccessDenied = Hellos.Alert(49);

    [Fact]
    [Trait("Set", "correctness")]
    public async Task RefusesInTheClientsOwnProtocol()
    {
        await using var door = await ProxyDoor.AllowingAsync("good.example", SentTo("127.0.0.66:4433"));
        using var tls = await door.ConnectAsync(Hellos.For("evil.example"));
        var alert = await tls.HearOutAsync();
        Assert.Equal((false, true), (alert.WasReset, AccessDenied.AsSpan().SequenceEqual(alert.Bytes)));
        using var http = await door.ConnectAsync("GET / HTTP/1.1\r\nHost: evil.example:4433\r\nAccept: application/json\r\n\r\n");
        var answer = await http.HearOutAsync();
        Assert.StartsWith("HTTP/1.1 403 ", answer.Text, StringComparison.Ordinal);
        Assert.Contains("Proxy-Status: sniproxy; error=http_request_denied", answer.Text, StringComparison.Ordinal);
        using var ssh = await door.ConnectAsync("SSH-2.0-client\r\n");
        Assert.True((await ssh.HearOutAsync()).WasReset);
    }

    [Fact]
    public async Task WhoeverSendsEarlyDataIsHeardOut()
    {
        await using var door = await ProxyDoor.AllowingAsync("good.example", SentTo("127.0.0.66:4433"));
        using var client = await door.ConnectAsync(Hellos.WithEarlyData(Hellos.For("evil.example")));

        // Had the connection been closed, the first of them would be answered by a reset and the second fail.
        for (var i = 0; i < 2; i++)
        {
            await Task.Delay(50);
            await client.SendAsync(new byte[1000]);
        }

        var alert = await client.HearOutAsync();
        Assert.Equal((false, true), (alert.WasReset, AccessDenied.AsSpan().SequenceEqual(alert.Bytes)));
    }

    [Fact]
    [Trait("Set", "correctness")]
    public async Task WhatStandsBehindAHelloDoesNotLoseTheAnswer()
    {
        await using var door = await ProxyDoor.AllowingAsync("good.example", SentTo("127.0.0.66:4433"));
        using var client = await door.ConnectAsync([.. Hellos.For("evil.example"), .. new byte[20_000]]);
        var alert = await client.HearOutAsync();
        Assert.Equal((false, true), (alert.WasReset, AccessDenied.AsSpan().SequenceEqual(alert.Bytes)));
    }

    [Fact]
    public async Task AnAllowedNameNeverLeadsToAnAddressTheClientChose()
    {
        using var good = new Origin();
        using var evil = new Origin("127.0.0.66", good.Port);
        await using var door = await ProxyDoor.AllowingAsync($"good.example:{good.Port}", SentTo($"127.0.0.66:{good.Port}"));
        using var client = await door.ConnectAsync(Hellos.For("good.example"));
        using var server = await good.AcceptAsync();
        await server.ReadAsync(1);
        Assert.False(evil.WasReached);
        server.Reset();
        await client.HearOutAsync();
        var told = await door.NextEventAsync();
        Assert.Equal((true, false, $"127.0.0.1:{good.Port}"), (told.Rewritten, told.Bound, told.Dialled?.ToString()));
    }

    [Fact]
    public async Task ABoundAddressIsDialledAsItIs()
    {
        using var origin = new Origin("127.0.0.9");
        await using var door = await ProxyDoor.AllowingAsync($"good.example:{origin.Port}", SentTo($"127.0.0.9:{origin.Port}"));
        door.Learn("good.example", "127.0.0.9");
        using var client = await door.ConnectAsync(Hellos.For("good.example"));
        using var server = await origin.AcceptAsync();
        await server.ReadAsync(1);
        server.Reset();
        await client.HearOutAsync();
        var told = await door.NextEventAsync();
        Assert.Equal((false, true), (told.Rewritten, told.Bound));
    }

    [Fact]
    public async Task InStrictModeAnUnboundNameIsRefused()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.AllowingAsync($"good.example:{origin.Port}", SentTo($"127.0.0.1:{origin.Port}"));
        door.Book.SetStrict(true, null, null, "test");
        using var client = await door.ConnectAsync(Hellos.For("good.example"));
        Assert.Equal(AccessDenied, (await client.HearOutAsync()).Bytes);
        Assert.Equal(Reason.UnboundName, (await door.NextEventAsync()).Reason);
        Assert.False(origin.WasReached);
    }

    [Fact]
    public async Task InShadowTheBytesGoWhereTheClientSentThem()
    {
        using var origin = new Origin("127.0.0.66");
        await using var door = await ProxyDoor.AllowingAsync("good.example", SentTo($"127.0.0.66:{origin.Port}") with { Mode = Mode.Shadow });
        using var client = await door.ConnectAsync(Hellos.For("evil.example"));
        using var server = await origin.AcceptAsync();
        await server.ReadAsync(1);
        server.Reset();
        await client.HearOutAsync();
        var told = await door.NextEventAsync();
        Assert.Equal((Decision.Audit, Decision.Deny), (told.Verdict, told.WouldBe));
        Assert.StartsWith("[shadow] would deny", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InShadowADestinationThatIsNotThereIsStillToldAsDenied()
    {
        using var closed = new Origin();
        var port = closed.Port;
        closed.Dispose();
        await using var door = await ProxyDoor.AllowingAsync("good.example", SentTo($"127.0.0.1:{port}") with { Mode = Mode.Shadow });
        using var client = await door.ConnectAsync($"GET / HTTP/1.1\r\nHost: evil.example:{port}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 502 ", (await client.HearOutAsync()).Text, StringComparison.Ordinal);
        var told = await door.NextEventAsync();
        Assert.Equal((Decision.Audit, Decision.Deny, Reason.Default, Ending.ConnectFailed), (told.Verdict, told.WouldBe, told.Reason, told.Ending));
        Assert.StartsWith("[shadow] would deny", told.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CONNECT good.example:443 HTTP/1.1\r\nHost: good.example:443\r\n\r\n", "malformed_request")]
    [InlineData("GET / HTTP/1.1\r\nHost: good.example:81\r\n\r\n", "name_mismatch")]
    [InlineData("GET / HTTP/1.1\r\nHost: 127.0.0.7:{0}\r\n\r\n", "name_mismatch")]
    [InlineData("GET http://good.example:{0}/ HTTP/1.1\r\nHost: other.example:{0}\r\n\r\n", "malformed_request")]
    [InlineData("GET / HTTP/1.1\r\nHost: good.example:{0}\r\nHost: other.example:{0}\r\n\r\n", "malformed_request")]
    [InlineData("GET / HTTP/1.1\r\nX: a\r\n b\r\nHost: good.example:{0}\r\n\r\n", "malformed_request")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "malformed_request")]
    public async Task RequestsThatContradictThemselvesOrTheirDestinationAreRefused(string request, string reason)
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.OpenAsync("rules: [\"good.example:*\", \"other.example:*\", \"127.0.0.0/8:*\"]", SentTo($"127.0.0.1:{origin.Port}"));
        using var client = await door.ConnectAsync(string.Format(null, request, origin.Port));
        Assert.StartsWith("HTTP/1.1 403 ", (await client.HearOutAsync()).Text, StringComparison.Ordinal);
        Assert.Equal(reason, (await door.NextEventAsync()).Reason.Identifier());
        Assert.False(origin.WasReached);
    }

    [Fact]
    public async Task ADenyEntryIsFoundAmongAnyNumberOfBoundNames()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.OpenAsync($"rules: [{{ deny: [evil.example] }}, {{ allow: [\"**.example:{origin.Port}\"], protocol: tcp }}]", SentTo($"127.0.0.1:{origin.Port}"));
        for (var i = 0; i < 100; i++)
        {
            door.Learn($"n{i}.good.example", "127.0.0.1");
        }

        using (var client = await door.ConnectAsync("SSH-2.0-client\r\n"))
        {
            using var server = await origin.AcceptAsync();
            Assert.Equal("SSH-2.0-client\r\n", await server.ReadTextAsync(16));
        }

        door.Learn("evil.example", "127.0.0.1");
        using var denied = await door.ConnectAsync("SSH-2.0-client\r\n");
        Assert.True((await denied.HearOutAsync()).WasReset);
        Assert.False(origin.WasReached);
    }

    [Fact]
    public async Task TheListenerItselfIsNoDestination()
    {
        await using var door = await ProxyDoor.AllowingAsync("any", new DoorPlan { IsTransparent = true });
        Assert.True(await door.ResetsAsync());
        var told = await door.NextEventAsync();
        Assert.Equal((Decision.Deny, Reason.GuardSelf), (told.Verdict, told.Reason));
    }

    [Fact]
    public async Task AFlowIsJudgedByThePolicyItBeganWithAndEndedByTheOneThatCameBeforeItsFirstByte()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.AllowingAsync($"good.example:{origin.Port}", SentTo($"127.0.0.1:{origin.Port}"));
        var hello = Hellos.For("good.example");
        using var client = await door.ConnectAsync(hello[..20]);
        while (!door.Flows.Open.Any())
        {
            await Task.Yield();
        }

        door.Sandboxes.Change(ProxyDoor.SandboxId, new(Paused: true), "test");
        await client.SendAsync(hello[20..]);
        using var server = await origin.AcceptAsync();
        Assert.Empty((await server.HearOutAsync()).Bytes);
        Assert.Equal(AccessDenied, (await client.HearOutAsync()).Bytes);
        var told = await door.NextEventAsync();
        Assert.Equal((Decision.Allow, Reason.PolicyChanged, Ending.Revoked, 0L), (told.Verdict, told.Reason, told.Ending, told.BytesUp));
        using var later = await door.ConnectAsync(hello);
        Assert.Equal(AccessDenied, (await later.HearOutAsync()).Bytes);
        var refused = await door.NextEventAsync();
        Assert.Equal((Reason.Paused, door.Revisions.Current), (refused.Reason, refused.Revision));
        Assert.True(told.Revision < refused.Revision);
    }

    private static DoorPlan SentTo(string endpoint) => new() { IsTransparent = true, SentTo = endpoint };
}
