using SniProxy.Core.Contract;
using SniProxy.Proxy;

namespace SniProxy.Tests.Proxy;

/// <summary>What still looks at bytes after the verdict.</summary>
public sealed class GateTests
{
    private static readonly byte[] AccessDenied = Hellos.Alert(49);

    [Fact]
    public async Task ASecondRequestForAnotherHostIsRefusedByItself()
    {
        using var origin = new Origin();
        await using var door = await BothAllowedAsync(origin);
        using var client = await door.ConnectAsync(Get("good.example", origin));
        using var server = await origin.AcceptAsync();
        await server.ReadHeadAsync();
        await server.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        await client.ReadHeadAsync();
        Assert.Equal("ok", await client.ReadTextAsync(2));
        await client.SendAsync(Get("other.example", origin));
        var answer = await client.HearOutAsync();
        Assert.Equal(string.Empty, (await server.HearOutAsync()).Text);
        Assert.StartsWith("HTTP/1.1 403 ", answer.Text, StringComparison.Ordinal);
        Assert.Contains($"A request for other.example:{origin.Port} came on a connection to good.example", answer.Text, StringComparison.Ordinal);
        var request = await door.NextEventAsync();
        var flow = await door.NextEventAsync();
        Assert.Equal((EventKind.Request, flow.Id, Decision.Deny, Reason.NameMismatch), (request.Kind, request.Flow, request.Verdict, request.Reason));
        Assert.Equal("other.example", request.Name);
        Assert.Contains(request.Id, answer.Text, StringComparison.Ordinal);
        Assert.Equal((EventKind.Flow, Decision.Allow, Ending.RequestRefused), (flow.Kind, flow.Verdict, flow.Ending));
    }

    [Fact]
    public async Task FurtherRequestsForTheSameHostPass()
    {
        using var origin = new Origin();
        await using var door = await BothAllowedAsync(origin);
        var request = Get("good.example", origin);
        using var client = await door.ConnectAsync(request + request + request);
        using var server = await origin.AcceptAsync();
        Assert.Equal(request + request + request, await server.ReadTextAsync(3 * request.Length));
    }

    [Fact]
    public async Task APipelinedRequestForAnotherHostGoesNowhere()
    {
        using var origin = new Origin();
        await using var door = await BothAllowedAsync(origin);
        using var client = await door.ConnectAsync(Get("good.example", origin) + Get("other.example", origin));
        using var server = await origin.AcceptAsync();
        Assert.DoesNotContain("other.example", (await server.HearOutAsync()).Text, StringComparison.Ordinal);
        Assert.Equal(Reason.NameMismatch, (await door.NextEventAsync(EventKind.Request)).Reason);
    }

    [Theory]
    [InlineData("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n")]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")]
    [InlineData("Transfer-Encoding: chunked, identity\r\n")]
    public async Task WhatWouldHideLaterRequestsIsRefused(string fields)
    {
        using var origin = new Origin();
        await using var door = await BothAllowedAsync(origin);
        using var client = await door.ConnectAsync($"POST / HTTP/1.1\r\nHost: good.example:{origin.Port}\r\n{fields}\r\n");
        Assert.StartsWith("HTTP/1.1 403 ", (await client.HearOutAsync()).Text, StringComparison.Ordinal);
        var told = await door.NextEventAsync();
        Assert.Equal((Decision.Deny, Reason.MalformedRequest), (told.Verdict, told.Reason));
    }

    [Fact]
    public async Task BehindA101AllBytesPass()
    {
        using var origin = new Origin();
        await using var door = await BothAllowedAsync(origin);
        using var client = await door.ConnectAsync(Upgrade(origin));
        using var server = await origin.AcceptAsync();
        await server.ReadHeadAsync();
        await server.SendAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        await client.ReadHeadAsync();
        var frames = Get("other.example", origin);
        await client.SendAsync(frames);
        Assert.Equal(frames, await server.ReadTextAsync(frames.Length));
    }

    [Fact]
    public async Task NothingPassesAnUpgradeThatIsNotAnswered()
    {
        using var origin = new Origin();
        await using var door = await BothAllowedAsync(origin);
        using var client = await door.ConnectAsync(Upgrade(origin));
        using var server = await origin.AcceptAsync();
        await server.ReadHeadAsync();
        await client.SendAsync(Get("other.example", origin));
        await server.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(string.Empty, (await server.HearOutAsync()).Text);
        Assert.Equal(Reason.NameMismatch, (await door.NextEventAsync(EventKind.Request)).Reason);
    }

    // Held bytes are the client's to send and the appliance's to keep: without a bound they would be a way to its memory.
    [Fact]
    public async Task HoldsOnlySoMuchOfAClientThatDoesNotWait()
    {
        using var origin = new Origin();
        await using var door = await BothAllowedAsync(origin);
        using var client = await door.ConnectAsync(Upgrade(origin));
        using var server = await origin.AcceptAsync();
        await server.ReadHeadAsync();
        Assert.InRange(await RelayTests.FloodAsync(client), 1, RelayTests.FloodBytes - 1);
        await server.SendAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        await server.ReadAsync(4 * 1024 * 1024 / 8);
    }

    [Fact]
    public async Task ABodyWaitsForTheServersContinue()
    {
        using var origin = new Origin();
        await using var door = await BothAllowedAsync(origin);
        using var client = await door.ConnectAsync($"POST / HTTP/1.1\r\nHost: good.example:{origin.Port}\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
        using var server = await origin.AcceptAsync();
        await server.ReadHeadAsync();
        await server.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
        await client.ReadHeadAsync();
        await client.SendAsync("body");
        Assert.Equal("body", await server.ReadTextAsync(4));
    }

    [Fact]
    public async Task WhatFollowsAHeldBodyIsReleasedWithIt()
    {
        using var origin = new Origin();
        await using var door = await BothAllowedAsync(origin);
        var next = Get("good.example", origin);
        using var client = await door.ConnectAsync(
            $"POST / HTTP/1.1\r\nHost: good.example:{origin.Port}\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody{next}");
        using var server = await origin.AcceptAsync();
        await server.ReadHeadAsync();
        await server.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
        Assert.Equal("body" + next, await server.ReadTextAsync(4 + next.Length));
    }

    // RFC 9110 section 10.1.1: a server may ignore the expectation and wait for the body.
    [Fact]
    public async Task ABodyIsReleasedWhereTheServerSaysNothing()
    {
        using var origin = new Origin();
        await using var door = await BothAllowedAsync(origin);
        using var client = await door.ConnectAsync($"POST / HTTP/1.1\r\nHost: good.example:{origin.Port}\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody");
        using var server = await origin.AcceptAsync();
        await server.ReadHeadAsync();
        Assert.Equal("body", await server.ReadTextAsync(4));
    }

    [Fact]
    public async Task ShadowOnlyTellsOfAnotherHost()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.AllowingAsync($"good.example:{origin.Port}", Plan(origin) with { Mode = Mode.Shadow });
        using var client = await door.ConnectAsync(Get("good.example", origin));
        using var server = await origin.AcceptAsync();
        await server.ReadHeadAsync();
        await client.SendAsync(Get("other.example", origin));
        Assert.Equal(Get("other.example", origin), await server.ReadHeadAsync());
        var told = await door.NextEventAsync(EventKind.Request);
        Assert.Equal((Decision.Audit, Decision.Deny), (told.Verdict, told.WouldBe));
    }

    // The client may know that it will be asked, and not wait for it.
    [Theory]
    [Trait("Set", "correctness")]
    [InlineData("when it is asked")]
    [InlineData("behind the first")]
    [InlineData("with the first")]
    public async Task ASecondHelloForAnotherNameIsCut(string sent)
    {
        using var origin = new Origin();
        await using var door = await BothAllowedAsync(origin);
        var (first, second) = (Hellos.For("good.example"), Hellos.For("other.example"));
        using var client = await door.ConnectAsync(sent == "with the first" ? [.. first, .. second] : first);
        using var server = await origin.AcceptAsync();
        await server.ReadAsync(first.Length);
        await client.SendAsync(sent == "behind the first" ? second : []);
        await server.SendAsync(Hellos.RetryRequest());
        await client.ReadAsync(Hellos.RetryRequest().Length);
        await client.SendAsync(sent == "when it is asked" ? second : []);
        Assert.Empty((await server.HearOutAsync()).Bytes);
        Assert.Equal(AccessDenied, (await client.HearOutAsync()).Bytes);
        Assert.Equal(Reason.NameMismatch, (await door.NextEventAsync(EventKind.Request)).Reason);
        Assert.Equal(Ending.HelloRetryMismatch, (await door.NextEventAsync(EventKind.Flow)).Ending);
    }

    [Fact]
    [Trait("Set", "correctness")]
    public async Task ASecondHelloForTheSameNamePasses()
    {
        using var origin = new Origin();
        await using var door = await BothAllowedAsync(origin);
        var hello = Hellos.For("good.example");
        using var client = await door.ConnectAsync(hello);
        using var server = await origin.AcceptAsync();
        await server.ReadAsync(hello.Length);
        await server.SendAsync(Hellos.RetryRequest());
        await client.ReadAsync(Hellos.RetryRequest().Length);
        var second = Hellos.For("good.example");
        await client.SendAsync(second);
        Assert.Equal(second, await server.ReadAsync(second.Length));
        await server.SendAsync(Hellos.ServerHello());
        await client.SendAsync("whatever follows");
        Assert.Equal("whatever follows", await server.ReadTextAsync(16));
    }

    [Fact]
    public async Task AServerThatSpeaksFirstIsHeardWithoutWaiting()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.AllowingAsync($"ssh://good.example:{origin.Port}", ServerFirst(origin));
        door.Learn("good.example", "127.0.0.1");
        using var client = await door.ConnectAsync();
        using var server = await origin.AcceptAsync();
        await server.SendAsync("SSH-2.0-server\r\n");
        Assert.Equal("SSH-2.0-server\r\n", await client.ReadTextAsync(16));
        await client.SendAsync("SSH-2.0-client\r\n");
        Assert.Equal("SSH-2.0-client\r\n", await server.ReadTextAsync(16));
    }

    [Fact]
    public async Task WhoeverResetsBeforeItsTurnIsToldToHaveResetAlsoWhereTheServerSpeaksFirst()
    {
        const int Clients = 20;
        using var origin = new Origin();
        var plan = ServerFirst(origin);
        await using var door = await ProxyDoor.AllowingAsync($"ssh://good.example:{origin.Port}", plan with { Options = plan.Options with { Loops = 1 } });
        using var busy = await door.KeepBusyAsync();
        door.Learn("good.example", "127.0.0.1");
        for (var i = 0; i < Clients; i++)
        {
            (await door.ConnectAsync()).Reset();
        }

        busy.Dispose();
        for (var i = 0; i < Clients; i++)
        {
            Assert.Equal(Ending.ClientReset, (await door.NextEventAsync()).Ending);
        }
    }

    [Fact]
    public async Task ATunnelToAServerThatSpeaksFirstStaysWithItsName()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.AllowingAsync($"ssh://good.example:{origin.Port}", ServerFirst(origin) with { IsTransparent = false });
        using var client = await door.TunnelAsync($"good.example:{origin.Port}");
        using var server = await origin.AcceptAsync();
        await server.SendAsync("SSH-2.0-server\r\n");
        Assert.Equal("SSH-2.0-server\r\n", await client.ReadTextAsync(16));
        await client.SendAsync("SSH-2.0-client\r\n");
        Assert.Equal("SSH-2.0-client\r\n", await server.ReadTextAsync(16));
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("other.example")]
    public async Task WhereTheServerSpeaksFirstTheClientsNameIsJudgedAllTheSame(string name)
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.OpenAsync($"rules: [\"good.example:{origin.Port}\", \"other.example:{origin.Port}\"]", ServerFirst(origin));

        // Only good.example leads to this address; other.example is allowed elsewhere, and evil.example nowhere.
        door.Learn("good.example", "127.0.0.1");
        using var client = await door.ConnectAsync();
        using var server = await origin.AcceptAsync();
        await server.SendAsync("SSH-2.0-server\r\n");
        await client.ReadAsync(16);
        await client.SendAsync(Hellos.For(name));
        Assert.True((await client.HearOutAsync()).WasReset);
        Assert.Empty((await server.HearOutAsync()).Bytes);
        var told = await door.NextEventAsync(EventKind.Request);
        Assert.Equal((Decision.Deny, name), (told.Verdict, told.Name));
    }

    [Fact]
    public async Task WhereTheServerSpeaksFirstLaterRequestsAreJudgedAsWell()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.OpenAsync($"rules: [\"good.example:{origin.Port}\"]", ServerFirst(origin));
        door.Learn("good.example", "127.0.0.1");
        using var client = await door.ConnectAsync();
        using var server = await origin.AcceptAsync();
        await client.SendAsync(Get("good.example", origin));
        await server.ReadHeadAsync();
        await client.SendAsync(Get("evil.example", origin));
        Assert.Empty((await server.HearOutAsync()).Bytes);
        Assert.Equal(Reason.NameMismatch, (await door.NextEventAsync(EventKind.Request)).Reason);
    }

    private static string Get(string host, Origin origin) => $"GET / HTTP/1.1\r\nHost: {host}:{origin.Port}\r\n\r\n";

    private static string Upgrade(Origin origin) =>
        $"GET /chat HTTP/1.1\r\nHost: good.example:{origin.Port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    private static DoorPlan Plan(Origin origin) => new() { IsTransparent = true, SentTo = $"127.0.0.1:{origin.Port}" };

    private static DoorPlan ServerFirst(Origin origin) => Plan(origin) with { Options = new ProxyOptions { ServerFirstPorts = new HashSet<int> { origin.Port } } };

    private static Task<ProxyDoor> BothAllowedAsync(Origin origin) =>
        ProxyDoor.OpenAsync($"rules: [\"good.example:{origin.Port}\", \"other.example:{origin.Port}\"]", Plan(origin));
}
