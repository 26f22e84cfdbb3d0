using System.Diagnostics;
using System.Net.Sockets;
using SniProxy.Core.Contract;
using SniProxy.Flows;
using SniProxy.Proxy;
using SniProxy.Tests.Events;

namespace SniProxy.Tests.Proxy;

/// <summary>Nobody may hold a connection by saying nothing, or little; nobody may hold too many.</summary>
public sealed class DeadlineTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(400);

    // The sweep comes four times a second, and a busy machine may be late.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task ASilentClientOfAnExplicitListenerIsEnded()
    {
        await using var door = await ProxyDoor.AllowingAsync("good.example", new DoorPlan { Options = new ProxyOptions { FirstByteTimeout = Short } });
        using var client = await door.ConnectAsync();
        Assert.True((await client.HearOutAsync()).WasReset);
        var told = await door.NextEventAsync();
        Assert.Equal((Decision.Deny, Reason.ClientHelloTimeout, Ending.Refused), (told.Verdict, told.Reason, told.Ending));
    }

    [Theory]
    [InlineData(80)]
    [InlineData(443)]
    public async Task SilenceIsNoProtocolWhereTheClientSpeaksFirst(int port)
    {
        var plan = new DoorPlan { IsTransparent = true, SentTo = $"127.0.0.1:{port}", Options = new ProxyOptions { FirstByteTimeout = Short } };
        await using var door = await ProxyDoor.AllowingAsync("127.0.0.0/8", plan);
        using var client = await door.ConnectAsync();
        Assert.True((await client.HearOutAsync()).WasReset);
        Assert.Equal(Reason.ClientHelloTimeout, (await door.NextEventAsync()).Reason);
    }

    [Fact]
    public async Task OnOtherPortsSilenceMeansThatTheServerSpeaks()
    {
        using var origin = new Origin();
        var plan = new DoorPlan { IsTransparent = true, SentTo = $"127.0.0.1:{origin.Port}", Options = new ProxyOptions { FirstByteTimeout = Short } };
        await using var door = await ProxyDoor.AllowingAsync($"127.0.0.1:{origin.Port}", plan);
        using var client = await door.ConnectAsync();
        using var server = await origin.AcceptAsync();
        await server.SendAsync("hello");
        Assert.Equal("hello", await client.ReadTextAsync(5));
    }

    [Theory]
    [InlineData("E")]
    [InlineData("E pin")]
    public async Task WhatWasHeldUntilTheTimeWasUpReachesTheServer(string first)
    {
        // A beginning that could become HTTP, and nothing after it: the client waits for the answer to it.
        using var origin = new Origin();
        var options = new ProxyOptions { FirstByteTimeout = Short, ClientHelloTimeout = Short };
        var plan = new DoorPlan { IsTransparent = true, SentTo = $"127.0.0.1:{origin.Port}", Options = options };
        await using var door = await ProxyDoor.AllowingAsync($"tcp://127.0.0.1:{origin.Port}", plan);
        using var client = await door.ConnectAsync(first);
        using var server = await origin.AcceptAsync();
        Assert.Equal(first, await server.ReadTextAsync(first.Length));
        await server.SendAsync("pong");
        Assert.Equal("pong", await client.ReadTextAsync(4));
    }

    [Fact]
    public async Task ProgressDoesNotExtendTheTimeForAHello()
    {
        var options = new ProxyOptions { FirstByteTimeout = Short, ClientHelloTimeout = 2 * Short };
        await using var door = await ProxyDoor.AllowingAsync("127.0.0.0/8", new DoorPlan { IsTransparent = true, SentTo = "127.0.0.1:443", Options = options });
        var started = Stopwatch.GetTimestamp();
        using var client = await door.ConnectAsync();
        var hearing = client.HearOutAsync();
        try
        {
            foreach (var piece in Hellos.For("good.example"))
            {
                await client.SendAsync([piece]);
                if (await Task.WhenAny(hearing, Task.Delay(50, TestContext.Current.CancellationToken)) == hearing)
                {
                    break;
                }
            }
        }
        catch (SocketException)
        {
            // Ended while it sent.
        }

        await hearing;
        Assert.InRange(Stopwatch.GetElapsedTime(started), 2 * Short - TimeSpan.FromMilliseconds(50), (2 * Short) + Slack);
        Assert.Equal(Reason.ClientHelloTimeout, (await door.NextEventAsync()).Reason);
    }

    [Fact]
    public async Task AnIdleRelayIsReset()
    {
        using var origin = new Origin();
        await using var door = await RawAsync(origin, new ProxyOptions { IdleTimeout = Short });
        using var client = await door.ConnectAsync("SSH-2.0-x\r\n");
        using var server = await origin.AcceptAsync();
        await server.ReadAsync(11);
        Assert.True((await client.HearOutAsync()).WasReset);
        Assert.True((await server.HearOutAsync()).WasReset);
        Assert.Equal(Ending.IdleTimeout, (await door.NextEventAsync()).Ending);
    }

    [Fact]
    public async Task AHalfClosedRelayIsResetSooner()
    {
        using var origin = new Origin();
        await using var door = await RawAsync(origin, new ProxyOptions { HalfClosedTimeout = Short });
        using var client = await door.ConnectAsync("SSH-2.0-x\r\n");
        using var server = await origin.AcceptAsync();
        client.Finish();
        Assert.Equal("SSH-2.0-x\r\n", (await server.HearOutAsync()).Text);
        Assert.True((await client.HearOutAsync()).WasReset);
        Assert.Equal(Ending.HalfClosedTimeout, (await door.NextEventAsync()).Ending);
    }

    [Fact]
    public async Task BytesKeepARelayOpen()
    {
        using var origin = new Origin();
        await using var door = await RawAsync(origin, new ProxyOptions { IdleTimeout = TimeSpan.FromSeconds(2) });
        using var client = await door.ConnectAsync("SSH-2.0-x\r\n");
        using var server = await origin.AcceptAsync();
        await server.ReadAsync(11);
        for (var i = 0; i < 8; i++)
        {
            await Task.Delay(500, TestContext.Current.CancellationToken);
            await server.SendAsync("x");
            Assert.Equal("x", await client.ReadTextAsync(1));
        }
    }

    [Fact]
    public async Task ASandboxHasSoManyConnectionsAtMost()
    {
        using var origin = new Origin();
        await using var door = await RawAsync(origin, new ProxyOptions(), new FlowLimits(100, 2, 1000));
        using var first = await door.ConnectAsync("SSH-2.0-x\r\n");
        using var firstServer = await origin.AcceptAsync();
        using var second = await door.ConnectAsync("SSH-2.0-x\r\n");
        using var secondServer = await origin.AcceptAsync();
        Assert.True(await door.ResetsAsync());
        var told = await door.NextEventAsync();
        Assert.Equal((Decision.Deny, Reason.ConnectionLimit), (told.Verdict, told.Reason));
        first.Reset();
        await door.NextEventAsync();
        using var fourth = await door.ConnectAsync("SSH-2.0-x\r\n");
        using var fourthServer = await origin.AcceptAsync();
    }

    [Fact]
    public async Task ASandboxOpensSoManyConnectionsASecondAtMost()
    {
        using var origin = new Origin();
        await using var door = await RawAsync(origin, new ProxyOptions(), new FlowLimits(100, 100, 1));
        using var first = await door.ConnectAsync("SSH-2.0-x\r\n");
        using var server = await origin.AcceptAsync();
        Reason? refused = null;
        for (var i = 0; i < 5 && refused is null; i++)
        {
            refused = await door.ResetsAsync() ? (await door.NextEventAsync()).Reason : null;
        }

        Assert.Equal(Reason.RateLimited, refused);
    }

    [Fact]
    public async Task OverAllLimitsAConnectionIsResetUntilThereIsRoomAgain()
    {
        using var origin = new Origin();
        await using var door = await RawAsync(origin, new ProxyOptions(), new FlowLimits(1, 100, 1000));
        using (var first = await door.ConnectAsync("SSH-2.0-x\r\n"))
        {
            using var server = await origin.AcceptAsync();
            Assert.True(await door.ResetsAsync());
            Assert.Equal(Ending.Refused, (await door.NextEventAsync()).Ending);
            first.Reset();
            Assert.Equal(Ending.ClientReset, (await door.NextEventAsync()).Ending);
        }

        await door.Flows.WaitUntilEmptyAsync(Peer.Patience);
        using var third = await door.ConnectAsync("SSH-2.0-x\r\n");
        using var thirdServer = await origin.AcceptAsync();
    }

    [Fact]
    public async Task AFloodOverTheRateIsToldToTheLastConnectionInFewEvents()
    {
        const int Flood = 300;
        using var origin = new Origin();
        await using var door = await RawAsync(origin, new ProxyOptions(), new FlowLimits(1000, 1000, 1));
        using var first = await door.ConnectAsync("SSH-2.0-x\r\n");
        using var server = await origin.AcceptAsync();
        var resets = 0L;
        for (var i = 0; i < Flood; i++)
        {
            resets += await door.ResetsAsync() ? 1 : 0;
        }

        var told = new List<FlowEvent>();
        while (told.Sum(one => one.Count) < resets)
        {
            told.Add(await door.NextEventAsync());
        }

        Assert.All(told, one => Assert.Equal((Decision.Deny, Reason.RateLimited, ProxyDoor.SandboxId), (one.Verdict, one.Reason, one.Sandbox)));
        Assert.Equal(resets, told.Sum(one => one.Count));
        Assert.InRange(told.Count, 2, Flood / 10);
    }

    [Fact]
    public async Task WhatIsTurnedAwayOverAllLimitsIsToldAndCounted()
    {
        const int Flood = 200;
        const string Policy = "turned-away";
        using var denied = new CountedMetric("sniproxy_denied_total", "policy", Policy);
        using var origin = new Origin();
        await using var door = await ProxyDoor.OpenAsync(
            $"{{ name: {Policy}, rules: [\"tcp://127.0.0.1:{origin.Port}\"] }}",
            new DoorPlan { IsTransparent = true, SentTo = $"127.0.0.1:{origin.Port}", Limits = new FlowLimits(1, 100, 1000) });
        using var first = await door.ConnectAsync("SSH-2.0-x\r\n");
        using var server = await origin.AcceptAsync();
        for (var i = 0; i < Flood; i++)
        {
            Assert.True(await door.ResetsAsync());
        }

        var told = new List<FlowEvent>();
        while (told.Sum(one => one.Count) < Flood)
        {
            told.Add(await door.NextEventAsync());
        }

        Assert.All(told, one => Assert.Equal(
            (Decision.Deny, Reason.Overloaded, ProxyDoor.SandboxId, Policy, "test"), (one.Verdict, one.Reason, one.Sandbox, one.Policy, one.Listener)));
        Assert.Equal((Flood, Flood), (told.Sum(one => one.Count), denied.Total));
        Assert.InRange(told.Count, 2, Flood / 10);
    }

    // Over sockets each is judged by a thread of its own, and holds its place until then.
    [Fact]
    public async Task OnALoopWhoIsDeniedHoldsNoPlaceThatTheNextOneNeeds()
    {
        const int Denied = 20;
        if (TestTransport.Chosen != TransportKind.Loops)
        {
            return;
        }

        using var origin = new Origin();
        await using var door = await ProxyDoor.AllowingAsync(
            $"good.example:{origin.Port}",
            new DoorPlan { IsTransparent = true, SentTo = $"127.0.0.1:{origin.Port}", Options = new ProxyOptions { Loops = 1 }, Limits = new FlowLimits(2, 100, 1000) });
        door.Learn("good.example", "127.0.0.1");
        using var busy = await door.KeepBusyAsync(Hellos.For("denied.example"));
        var clients = new List<Peer>();
        for (var i = 0; i < Denied; i++)
        {
            clients.Add(await door.ConnectAsync(Hellos.For("denied.example")));
        }

        using var allowed = await door.ConnectAsync(Hellos.For("good.example"));
        busy.Dispose();
        foreach (var client in clients)
        {
            Assert.Equal(Hellos.Alert(49), (await client.HearOutAsync()).Bytes);
            client.Dispose();
        }

        using var server = await origin.AcceptAsync();
        await server.SendAsync(Hellos.ServerHello());
        Assert.Equal(Hellos.ServerHello(), await allowed.ReadAsync(Hellos.ServerHello().Length));
    }

    private static Task<ProxyDoor> RawAsync(Origin origin, ProxyOptions options, FlowLimits? limits = null) =>
        ProxyDoor.AllowingAsync(
            $"tcp://127.0.0.1:{origin.Port}",
            new DoorPlan { IsTransparent = true, SentTo = $"127.0.0.1:{origin.Port}", Options = options, Limits = limits ?? new FlowLimits(100, 100, 1000) });
}
