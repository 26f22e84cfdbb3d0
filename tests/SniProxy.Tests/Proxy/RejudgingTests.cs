using System.Collections.Immutable;
using System.Diagnostics;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Policies;
using SniProxy.Sandboxes;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Proxy;

/// <summary>What is open when something changes: closed within a second where it would now be denied, and left alone where not.</summary>
public sealed class RejudgingTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    public static TheoryData<string> Changes => ["policy", "policy gone", "strict", "strict for the policy", "sandbox strict", "sandbox policy", "paused", "removed", "replaced"];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task AChangeThatDeniesClosesWhatIsOpen(string change)
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.OpenAsync("default: allow\nrules: [{ audit: [good.example] }]");
        using var client = await OpenAsync(door, origin);
        using var server = await origin.AcceptAsync();
        await EchoAsync(client, server);
        var judgedBy = door.Revisions.Current;
        var since = Stopwatch.GetTimestamp();
        Make(door, change);
        await Task.WhenAll(client.HearOutAsync(), server.HearOutAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, Soon);
        var told = await door.NextEventAsync();
        Assert.Equal((Ending.Revoked, Reason.PolicyChanged, Decision.Audit, judgedBy), (told.Ending, told.Reason, told.Verdict, told.Revision));
        Assert.Contains("closed: policy_changed: ", told.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("onRevoke: keep\nrules: []")]
    [InlineData("rules: [good.example:*]")]
    [InlineData("mode: shadow\nrules: []")]
    public async Task WhatMayStayStaysAndLosesNothing(string after)
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.AllowingAsync("good.example:*");
        using var client = await OpenAsync(door, origin);
        using var server = await origin.AcceptAsync();
        await EchoAsync(client, server);
        Publish(door, after);
        await door.PassedAsync();
        await EchoAsync(client, server);
        Assert.Single(door.Flows.Open);
    }

    // A change in the middle of a handshake looks like any other refusal; in the middle of an answer there is only the end.
    [Fact]
    public async Task AClientThatHasHeardNothingIsToldInItsProtocol()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.AllowingAsync($"good.example:{origin.Port}", new DoorPlan { IsTransparent = true, SentTo = $"127.0.0.1:{origin.Port}" });
        var hello = Hellos.For("good.example");
        using var tls = await door.ConnectAsync(hello);
        using var tlsServer = await origin.AcceptAsync();
        await tlsServer.ReadAsync(hello.Length);
        using var http = await door.ConnectAsync($"GET / HTTP/1.1\r\nHost: good.example:{origin.Port}\r\n\r\n");
        using var httpServer = await origin.AcceptAsync();
        await httpServer.ReadHeadAsync();
        Publish(door, "rules: []");
        Assert.Equal(Hellos.Alert(49), (await tls.HearOutAsync()).Bytes);
        var answer = System.Text.Encoding.ASCII.GetString((await http.HearOutAsync()).Bytes);
        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
        Assert.Contains("details=\"policy_changed\"", answer, StringComparison.Ordinal);
        Assert.Equal((Ending.Revoked, Reason.PolicyChanged), await EndOf(door));
        Assert.Equal((Ending.Revoked, Reason.PolicyChanged), await EndOf(door));
        await Task.WhenAll(tlsServer.HearOutAsync(), httpServer.HearOutAsync());
    }

    [Fact]
    public async Task APausedSandboxKeepsNothing()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.OpenAsync("onRevoke: keep\nrules: [good.example:*]");
        using var client = await OpenAsync(door, origin);
        using var server = await origin.AcceptAsync();
        door.Sandboxes.Change(ProxyDoor.SandboxId, new SandboxChange(Paused: true), "test");
        await Task.WhenAll(client.HearOutAsync(), server.HearOutAsync());
    }

    // Bytes of no protocol have no gate: on a loop they are spliced, and move without being looked at.
    [Theory]
    [Trait("Set", "correctness")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task BytesThatMoveInTheKernelStopToo(bool up)
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.AllowingAsync($"tcp://127.0.0.1:{origin.Port}", new DoorPlan { IsTransparent = true, SentTo = $"127.0.0.1:{origin.Port}" });
        using var client = await door.ConnectAsync("SSH-2.0-x\r\n");
        using var server = await origin.AcceptAsync();
        await server.ReadAsync(11);
        var (from, to) = up ? (client, server) : (server, client);
        using var moving = new SemaphoreSlim(0);
        var flood = FloodAsync(from);
        var drain = DrainAsync(to, moving);
        await moving.WaitAsync(Peer.Patience);
        var since = Stopwatch.GetTimestamp();
        Publish(door, "rules: []");
        await Task.WhenAll(flood, drain);
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, Soon);
        var told = await door.NextEventAsync();
        Assert.Equal((Ending.Revoked, Reason.PolicyChanged), (told.Ending, told.Reason));
        Assert.True((up ? told.BytesUp : told.BytesDown) >= 8 * 1024 * 1024);
    }

    // No change is made: time passes, or somebody sets the clock.
    [Theory]
    [InlineData("expires: {0:yyyy-MM-ddTHH:mm:ssZ}")]
    [InlineData("when: {{ signal: started, within: 10m }}")]
    public async Task ARuleThatEndsByItselfClosesWhatItLetPass(string until)
    {
        var clock = new ShiftedClock();
        using var origin = new Origin();
        var condition = string.Format(System.Globalization.CultureInfo.InvariantCulture, until, clock.GetUtcNow().AddMinutes(10));
        await using var door = await ProxyDoor.OpenAsync($"rules: [{{ allow: [\"good.example:*\"], {condition} }}]", new DoorPlan { Clock = clock });
        door.Sandboxes.GiveSignal(ProxyDoor.SandboxId, "started", "test");
        using var client = await OpenAsync(door, origin);
        using var server = await origin.AcceptAsync();
        await EchoAsync(client, server);
        clock.Advance(TimeSpan.FromMinutes(9));
        await door.PassedAsync();
        await EchoAsync(client, server);
        clock.Advance(TimeSpan.FromMinutes(2));
        var since = Stopwatch.GetTimestamp();
        await Task.WhenAll(client.HearOutAsync(), server.HearOutAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, Soon);
        Assert.Equal((Ending.Revoked, Reason.PolicyChanged), await EndOf(door));
    }

    [Fact]
    public async Task AGrantOpensAndItsEndCloses()
    {
        var clock = new Policies.TwoClocks();
        using var origin = new Origin();
        await using var door = await ProxyDoor.OpenAsync("rules: []", new DoorPlan { Clock = clock });
        Assert.StartsWith("HTTP/1.1 403 ", await AskAsync(door, origin), StringComparison.Ordinal);
        await door.NextEventAsync();
        var grant = Grant(door, $"good.example:{origin.Port}");
        using var client = await OpenAsync(door, origin);
        using var server = await origin.AcceptAsync();
        await EchoAsync(client, server);
        clock.Pass(TimeSpan.FromSeconds(2) - TimeSpan.FromTicks(1));
        await door.PassedAsync();
        await EchoAsync(client, server);
        clock.Pass(TimeSpan.FromTicks(1));
        clock.Pass(TimeSpan.FromMilliseconds(1));
        await Task.WhenAll(client.HearOutAsync(), server.HearOutAsync());
        var told = await door.NextEventAsync();
        Assert.Equal((grant, null, Ending.Revoked, Reason.PolicyChanged), (told.Grant, told.Rule, told.Ending, told.Reason));
        Assert.StartsWith("HTTP/1.1 403 ", await AskAsync(door, origin), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AGrantForOneConnectionRefusesTheSecondAndLeavesTheFirst()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.OpenAsync("rules: []");
        var id = Grant(door, $"good.example:{origin.Port}", maxUses: 1);
        using var client = await OpenAsync(door, origin);
        using var server = await origin.AcceptAsync();
        Assert.StartsWith("HTTP/1.1 403 ", await AskAsync(door, origin), StringComparison.Ordinal);
        Assert.Equal(Reason.Default, (await door.NextEventAsync()).Reason);
        await door.PassedAsync();
        await EchoAsync(client, server);
        door.Grants.Remove(id, "test");
        await Task.WhenAll(client.HearOutAsync(), server.HearOutAsync());
        Assert.Equal(Ending.Revoked, (await door.NextEventAsync()).Ending);
    }

    [Fact]
    public async Task OfConnectionsAtOnceAGrantLetsAsManyBeginAsMay()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.OpenAsync("rules: []");
        Grant(door, $"good.example:{origin.Port}", maxUses: 3);
        var clients = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => OpenAsync(door, origin)));
        var servers = new List<Peer>();
        for (var i = 0; i < 3; i++)
        {
            servers.Add(await origin.AcceptAsync());
            await servers[i].SendAsync("HTTP/1.1 200 OK\r\n\r\n");
        }

        var answers = await Task.WhenAll(clients.Select(client => client.ReadHeadAsync()));
        Assert.Equal((3, 9), (answers.Count(one => one.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal)), answers.Count(one => one.StartsWith("HTTP/1.1 403 ", StringComparison.Ordinal))));
        Assert.False(origin.WasReached);
        clients.Concat(servers).ToList().ForEach(peer => peer.Dispose());
    }

    [Fact]
    public async Task ANameThatIsNoLongerAllowedIsBoundToNothing()
    {
        await using var door = await ProxyDoor.OpenAsync("rules: [good.example, other.example]");
        door.Learn("good.example", "203.0.113.1");
        door.Learn("other.example", "203.0.113.1");
        Publish(door, "rules: [other.example]");
        while (door.Resolutions.IsBound(door.Sandbox.Lifecycle, Wire.Host("good.example"), ProxyDoor.Of("203.0.113.1")))
        {
            await Task.Yield();
        }

        await door.PassedAsync();
        Assert.True(door.Resolutions.IsBound(door.Sandbox.Lifecycle, Wire.Host("other.example"), ProxyDoor.Of("203.0.113.1")));
    }

    // Let through by its port; then the policy changes, and only then it shows what it speaks.
    [Fact]
    public async Task WhatShowsItsProtocolAfterAChangeIsJudgedByTheChange()
    {
        using var origin = new Origin();
        var options = new SniProxy.Proxy.ProxyOptions { ServerFirstPorts = new HashSet<int> { origin.Port } };
        await using var door = await ProxyDoor.AllowingAsync(
            $"tcp://127.0.0.1:{origin.Port}", new DoorPlan { IsTransparent = true, SentTo = $"127.0.0.1:{origin.Port}", Options = options });
        using var client = await door.ConnectAsync();
        using var server = await origin.AcceptAsync();
        Publish(door, $"rules: [\"ssh://127.0.0.1:{origin.Port}\"]");
        await door.PassedAsync();
        Assert.Single(door.Flows.Open);
        await client.SendAsync(Hellos.For("good.example"));
        Assert.Empty((await server.HearOutAsync()).Bytes);
        Assert.Equal((Ending.Revoked, Reason.PolicyChanged), await EndOf(door));
    }

    private static void Make(ProxyDoor door, string change)
    {
        switch (change)
        {
            case "policy":
                Publish(door, "rules: [other.example]");
                break;
            case "policy gone":
                door.Book.Publish(ImmutableDictionary<string, Policy>.Empty, ImmutableDictionary<string, string>.Empty);
                break;
            default:
                DoorChange.Make(door, change);
                break;
        }
    }

    private static void Publish(ProxyDoor door, string policy) => door.Book.Publish(
        ImmutableDictionary<string, Policy>.Empty.Add("test", ProxyDoor.Compile(policy)), ImmutableDictionary<string, string>.Empty);

    private static string Grant(ProxyDoor door, string text, int? maxUses = null)
    {
        Assert.True(EntryReader.TryRead(text, isAllow: true, out var entry, out _));
        var order = new GrantOrder { Sandbox = ProxyDoor.SandboxId, Lifecycle = door.Sandbox.Lifecycle, Entries = [entry], Ttl = TimeSpan.FromSeconds(2), MaxUses = maxUses };
        return door.Grants.Add(maxUses is null ? order : order with { Ttl = TimeSpan.FromHours(1) }, "test", isAdmin: false).Id;
    }

    // A request whose body is still to come: what follows is carried as it is.
    private static Task<Peer> OpenAsync(ProxyDoor door, Origin origin) =>
        door.ConnectAsync($"POST http://good.example:{origin.Port}/ HTTP/1.1\r\nHost: good.example:{origin.Port}\r\nContent-Length: 1000000\r\n\r\n");

    private static async Task<string> AskAsync(ProxyDoor door, Origin origin)
    {
        using var peer = await OpenAsync(door, origin);
        return await peer.ReadHeadAsync();
    }

    private static async Task<(Ending Ending, Reason Reason)> EndOf(ProxyDoor door)
    {
        var told = await door.NextEventAsync();
        return (told.Ending, told.Reason);
    }

    private static async Task EchoAsync(Peer client, Peer server)
    {
        await client.SendAsync("ping");
        var heard = string.Empty;
        while (!heard.EndsWith("ping", StringComparison.Ordinal))
        {
            heard += await server.ReadTextAsync(1);
        }

        await server.SendAsync("pong");
        Assert.Equal("pong", await client.ReadTextAsync(4));
    }

    private static async Task FloodAsync(Peer peer)
    {
        var block = new byte[256 * 1024];
        try
        {
            while (true)
            {
                await peer.SendAsync(block);
            }
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Ended, as is claimed.
        }
    }

    private static async Task DrainAsync(Peer peer, SemaphoreSlim moving)
    {
        var buffer = new byte[1024 * 1024];
        var total = 0L;
        try
        {
            while (await peer.Socket.ReceiveAsync(buffer, CancellationToken.None).AsTask().WaitAsync(Peer.Patience) is > 0 and var count)
            {
                total += count;
                if (total - count < 16 * 1024 * 1024 && total >= 16 * 1024 * 1024)
                {
                    moving.Release();
                }
            }
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Ended, as is claimed.
        }
    }
}
