using System.Diagnostics;
using SniProxy.Core.Contract;

namespace SniProxy.Tests.Proxy;

/// <summary>A rule lets pass as much as it says, of one sandbox, over all its connections.</summary>
public sealed class RuleLimitTests
{
    [Fact]
    [Trait("Set", "correctness")]
    public async Task ASpentBudgetEndsWhatIsOpenAndRefusesWhatIsNew()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync(origin, "upload: 1MB/1h");
        using var idle = await ConnectAsync(door);
        using var idleServer = await AcceptAsync(origin);
        using var busy = await ConnectAsync(door);
        using var busyServer = await AcceptAsync(origin);
        await busy.SendAsync(new byte[2_000_000]);
        var since = Stopwatch.GetTimestamp();
        await Task.WhenAll(idle.HearOutAsync(), busy.HearOutAsync(), idleServer.HearOutAsync(), busyServer.HearOutAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        for (var i = 0; i < 2; i++)
        {
            var ended = await door.NextEventAsync();
            Assert.Equal((Ending.Revoked, Reason.BudgetExceeded, Decision.Allow), (ended.Ending, ended.Reason, ended.Verdict));
        }

        using var late = await ConnectAsync(door);
        Assert.True((await late.HearOutAsync()).WasReset);
        var refused = await door.NextEventAsync();
        Assert.Equal((Ending.Refused, Reason.BudgetExceeded, Decision.Deny, "1"), (refused.Ending, refused.Reason, refused.Verdict, refused.Rule));
        Assert.False(origin.WasReached);
    }

    [Fact]
    public async Task WhatComesDownIsNoUpload()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync(origin, "upload: 1MB/1h");
        using var client = await ConnectAsync(door);
        using var server = await AcceptAsync(origin);
        var down = server.SendAsync(new byte[3_000_000]);
        await client.ReadAsync(3_000_000);
        await down;
        await door.UntilSweptAsync(client, server);
        Assert.Single(door.Flows.Open);
    }

    [Fact]
    public async Task AsManyAreOpenAsMayBe()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync(origin, "connections: 1");
        var first = await ConnectAsync(door);
        var firstServer = await AcceptAsync(origin);
        using (var second = await ConnectAsync(door))
        {
            Assert.True((await second.HearOutAsync()).WasReset);
        }

        Assert.Equal(Reason.ConnectionLimit, (await door.NextEventAsync()).Reason);
        first.Dispose();
        firstServer.Dispose();
        await door.NextEventAsync();
        using var third = await ConnectAsync(door);
        using var thirdServer = await AcceptAsync(origin);
    }

    [Fact]
    public async Task NoMoreBeginThanMayInASecond()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync(origin, "newConnectionsPerSecond: 1");
        using var first = await ConnectAsync(door);
        using var firstServer = await AcceptAsync(origin);
        using var second = await ConnectAsync(door);
        Assert.True((await second.HearOutAsync()).WasReset);
        Assert.Equal(Reason.RateLimited, (await door.NextEventAsync()).Reason);
    }

    [Fact]
    public async Task ShadowTellsWhatItWouldHaveRefused()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync(origin, "upload: 1KB/1h, connections: 1", Mode.Shadow);
        using var first = await ConnectAsync(door);
        using var firstServer = await AcceptAsync(origin);
        await first.SendAsync(new byte[100_000]);
        await firstServer.ReadAsync(100_000);
        await door.UntilSweptAsync(first, firstServer);
        var second = await ConnectAsync(door);
        var secondServer = await AcceptAsync(origin);
        secondServer.Dispose();
        second.Dispose();
        var told = await door.NextEventAsync();
        Assert.Equal((Decision.Audit, Decision.Deny, Reason.BudgetExceeded), (told.Verdict, told.WouldBe, told.Reason));
        Assert.StartsWith("[shadow] would deny: ", told.Message, StringComparison.Ordinal);
    }

    // A policy that comes later counts what is open from then on.
    [Fact]
    public async Task ALimitThatComesLaterHoldsForWhatIsOpen()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync(origin, "upload: 1GB/1h");
        using var client = await ConnectAsync(door);
        using var server = await AcceptAsync(origin);
        door.Book.Publish(
            System.Collections.Immutable.ImmutableDictionary<string, Core.Policies.Policy>.Empty.Add("test", ProxyDoor.Compile(Policy(origin, "upload: 1KB/1h"))),
            System.Collections.Immutable.ImmutableDictionary<string, string>.Empty);
        var heard = server.HearOutAsync();
        await FloodAsync(client);
        await heard;
        Assert.Equal((Ending.Revoked, Reason.BudgetExceeded), await EndOf(door));
    }

    private static async Task<(Ending Ending, Reason Reason)> EndOf(ProxyDoor door)
    {
        var told = await door.NextEventAsync();
        return (told.Ending, told.Reason);
    }

    private static string Policy(Origin origin, string limits) => $"rules: [{{ allow: [\"tcp://127.0.0.1:{origin.Port}\"], limits: {{ {limits} }} }}]";

    private static Task<ProxyDoor> OpenAsync(Origin origin, string limits, Mode? mode = null) => ProxyDoor.OpenAsync(
        Policy(origin, limits), new DoorPlan { IsTransparent = true, SentTo = $"127.0.0.1:{origin.Port}", Mode = mode });

    private static Task<Peer> ConnectAsync(ProxyDoor door) => door.ConnectAsync("SSH-2.0-x\r\n");

    private static async Task<Peer> AcceptAsync(Origin origin)
    {
        var server = await origin.AcceptAsync();
        await server.ReadAsync(11);
        return server;
    }

    private static async Task FloodAsync(Peer peer)
    {
        try
        {
            while (true)
            {
                await peer.SendAsync(new byte[2_000]);
            }
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Ended, as is claimed.
        }
    }
}
