using System.Net;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Policies;
using SniProxy.Proxy;

namespace SniProxy.Tests.Proxy;

/// <summary>A grant for a number of connections is used by those that are opened, and by no other.</summary>
public sealed class GrantUseTests
{
    [Fact]
    public async Task WhatNobodyAnswersUsesNothing()
    {
        using var origin = new Origin();
        var port = origin.Port;
        origin.Dispose();
        await using var door = await ProxyDoor.OpenAsync("rules: []");
        Give(door, port);
        var before = door.Book.Revision;
        for (var i = 0; i < 2; i++)
        {
            Assert.StartsWith("HTTP/1.1 502 ", await AskAsync(door, port), StringComparison.Ordinal);
            Assert.Equal((Reason.UpstreamUnreachable, 0), ((await door.NextEventAsync()).Reason, Uses(door)));
        }

        Assert.Equal(before, door.Book.Revision);
        await IsUsedOnceAsync(door, port);
        Assert.Equal(before + 1, door.Book.Revision);
    }

    [Fact]
    public async Task WhatIsAnsweredTooLateUsesNothing()
    {
        using var silent = await SilentListener.OpenAsync("127.0.0.11", 0);
        var port = ((IPEndPoint)(silent.LocalEndPoint ?? throw new InvalidOperationException())).Port;
        var plan = new DoorPlan { Zone = [("good.example", "127.0.0.11")], Options = new ProxyOptions { ConnectTimeout = TimeSpan.FromMilliseconds(300) } };
        await using var door = await ProxyDoor.OpenAsync("rules: []", plan);
        Give(door, port);
        Assert.StartsWith("HTTP/1.1 504 ", await AskAsync(door, port), StringComparison.Ordinal);
        Assert.Equal((Reason.UpstreamTimeout, 0), ((await door.NextEventAsync()).Reason, Uses(door)));
    }

    [Fact]
    public async Task WhatCannotBeResolvedUsesNothing()
    {
        await using var door = await ProxyDoor.OpenAsync("rules: []", new DoorPlan { Zone = [] });
        Give(door, 80);
        Assert.StartsWith("HTTP/1.1 502 ", await AskAsync(door, 80), StringComparison.Ordinal);
        Assert.Equal((Reason.UpstreamUnresolvable, 0), ((await door.NextEventAsync()).Reason, Uses(door)));
    }

    [Fact]
    public async Task OfSeveralAtOnceExactlyOnePasses()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.OpenAsync("rules: []");
        Give(door, origin.Port);
        using var over = new CancellationTokenSource();
        var serving = ServeAsync(origin, over.Token);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => AskAsync(door, origin.Port)));
        Assert.Equal(7, answers.Count(answer => answer.StartsWith("HTTP/1.1 403 ", StringComparison.Ordinal)));
        Assert.Single(answers, answer => answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal));
        Assert.Equal(1, Uses(door));
        await over.CancelAsync();
        await serving;
    }

    // Those that fail together give back what each of them took, no more and no less.
    [Fact]
    public async Task SeveralThatFailAtOnceLeaveItUnused()
    {
        using var origin = new Origin();
        var port = origin.Port;
        origin.Dispose();
        await using var door = await ProxyDoor.OpenAsync("rules: []");
        Give(door, port, maxUses: 3);
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => AskAsync(door, port)));
        Assert.DoesNotContain(answers, answer => answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal));
        for (var i = 0; i < answers.Length; i++)
        {
            await door.NextEventAsync();
        }

        Assert.Equal(0, Uses(door));
    }

    private static async Task IsUsedOnceAsync(ProxyDoor door, int port)
    {
        using var origin = new Origin(port: port);
        using var over = new CancellationTokenSource();
        var serving = ServeAsync(origin, over.Token);
        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync(door, port), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 403 ", await AskAsync(door, port), StringComparison.Ordinal);
        await over.CancelAsync();
        await serving;
    }

    private static async Task ServeAsync(Origin origin, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                using var server = await origin.AcceptAsync(over);
                await server.ReadHeadAsync();
                await server.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private static void Give(ProxyDoor door, int port, int maxUses = 1)
    {
        Assert.True(EntryReader.TryRead($"good.example:{port}", isAllow: true, out var entry, out _));
        door.Grants.Add(new GrantOrder { Sandbox = ProxyDoor.SandboxId, Lifecycle = door.Sandbox.Lifecycle, Entries = [entry], Ttl = TimeSpan.FromHours(1), MaxUses = maxUses }, "test", isAdmin: false);
    }

    private static int Uses(ProxyDoor door) => Assert.Single(door.Grants.All).Uses;

    private static async Task<string> AskAsync(ProxyDoor door, int port)
    {
        using var client = await door.ConnectAsync($"GET http://good.example:{port}/ HTTP/1.1\r\nHost: good.example:{port}\r\n\r\n");
        return (await client.HearOutAsync()).Text;
    }
}
