using System.Collections.Immutable;
using System.Diagnostics;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Enforcement;
using SniProxy.Sandboxes;

namespace SniProxy.Tests.Proxy;

/// <summary>Changes by the hundred while connections come, and with thousands of them open.</summary>
public sealed class LiveChangeTests
{
    private const string Open = "default: allow\nrules: [\"good.example:*\"]";
    private const string Closed = "rules: [\"good.example:*\"]";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    // What every event says must be what the state of its revision says, and that of no revision before the connection was made.
    [Fact]
    public async Task EachConnectionIsJudgedByOneRevisionWhileTheyChangeUnderIt()
    {
        const int Toggles = 1_000;
        const int Underway = 8;
        using var origin = new Origin();
        await using var door = await ProxyDoor.OpenAsync(Open);
        using var over = new CancellationTokenSource();
        var answering = AnswerAsync(origin, over.Token);
        var isDeniedAt = new Dictionary<long, bool> { [door.Revisions.Current] = false };
        var (strict, policy) = (false, Open);
        var running = new Queue<Task<(string Name, long Since, bool IsServed)>>();
        var asked = new List<(string Name, long Since, bool IsServed)>();
        for (var i = 0; i < Toggles; i++)
        {
            strict = !strict;
            isDeniedAt[door.Book.SetStrict(strict, null, null, "test")] = strict || policy == Closed;
            if (i % 5 == 0)
            {
                policy = policy == Open ? Closed : Open;
                Publish(door, policy);
                isDeniedAt[door.Revisions.Current] = strict || policy == Closed;
            }

            running.Enqueue(AskAsync(door, origin, i % 2 == 0 ? "good.example" : "other.example"));
            if (running.Count == Underway)
            {
                asked.Add(await running.Dequeue());
            }
        }

        asked.AddRange(await Task.WhenAll(running));
        Assert.Equal(Toggles * 6 / 5 + 1, isDeniedAt.Count);
        var served = asked.Where(one => one.Name == "good.example").ToList();
        Assert.Equal((Toggles / 2, true), (served.Count, served.All(one => one.IsServed)));

        var events = new List<FlowEvent>();
        for (var i = 0; i < Toggles; i++)
        {
            events.Add(await door.NextEventAsync(EventKind.Flow));
        }

        Assert.All(events, told => Assert.Equal(
            (told.Name, told.Name == "other.example" && isDeniedAt[told.Revision]), (told.Name, told.Verdict == Decision.Deny)));
        Assert.Contains(events, told => told.Verdict == Decision.Deny);
        Assert.Contains(events, told => told.Name == "other.example" && told.Verdict == Decision.Allow);

        // As many judged by revision r or a later one as were begun since r: none was judged by what was over before it began.
        var (begun, judged) = (asked.Select(one => one.Since).Order().ToList(), events.Select(told => told.Revision).Order().ToList());
        Assert.All(begun.Zip(judged), pair => Assert.True(pair.First <= pair.Second, $"begun at {pair.First}, judged by {pair.Second}"));
        await over.CancelAsync();
        await answering;
    }

    [Theory]
    [InlineData("policy")]
    [InlineData("sandbox")]
    public Task AThousandOpenConnectionsAreJudgedAgainInASecond(string change) => CloseHalfAsync(1_000, change);

    // Both ends and the proxy between them share this process's descriptors, four for each connection; the lab has more of them open.
    [Fact]
    [Trait("Tier", "full")]
    public Task FourThousandOpenConnectionsAreJudgedAgainInASecond() => CloseHalfAsync(4_000, "policy");

    // One call moves the sandbox from a policy that allows everything to one that denies by default.
    private static async Task CloseHalfAsync(int count, string change)
    {
        Descriptors.RaiseLimit();
        using var origin = new Origin(backlog: 4096);
        await using var door = await ProxyDoor.OpenAsync(Open);
        Publish(door, Open, ("closed", Closed));
        var pairs = new List<(Peer Client, Peer Server, bool Stays)>();
        for (var i = 0; i < count; i++)
        {
            var name = i % 2 == 0 ? "good.example" : "other.example";
            var client = await door.ConnectAsync($"POST http://{name}:{origin.Port}/ HTTP/1.1\r\nHost: {name}:{origin.Port}\r\nContent-Length: 1000000\r\n\r\n");
            var server = await origin.AcceptAsync();
            await server.ReadHeadAsync();
            pairs.Add((client, server, i % 2 == 0));
        }

        Assert.Equal(count, door.Flows.Open.Count);
        using var over = new CancellationTokenSource();
        var carrying = pairs.Where(pair => pair.Stays).Take(50).Select(pair => CarryAsync(pair.Client, pair.Server, over.Token)).ToList();
        var since = Stopwatch.GetTimestamp();
        var ends = pairs.Where(pair => !pair.Stays).Select(pair => EndAsync(pair.Client, since)).ToList();
        if (change == "policy")
        {
            Publish(door, Closed);
        }
        else
        {
            door.Sandboxes.Change(ProxyDoor.SandboxId, new SandboxChange(Policy: "closed"), "test");
        }

        var took = (await Task.WhenAll(ends)).Order().ToList();
        Assert.InRange(took[(int)(took.Count * 0.99)], TimeSpan.Zero, Soon);
        Assert.Equal(count / 2, door.Flows.Open.Count(flow => !flow.IsClosed));
        await over.CancelAsync();
        Assert.All(await Task.WhenAll(carrying), carried => Assert.True(carried > 0));
        await Task.WhenAll(pairs.Where(pair => pair.Stays).Select(pair => CarryOneAsync(pair.Client, pair.Server)));
        pairs.ForEach(pair =>
        {
            pair.Client.Dispose();
            pair.Server.Dispose();
        });
    }

    private static void Publish(ProxyDoor door, string policy, params (string Name, string Policy)[] more) => door.Book.Publish(
        more.Select(one => KeyValuePair.Create(one.Name, ProxyDoor.Compile(one.Policy))).Append(KeyValuePair.Create("test", ProxyDoor.Compile(policy))).ToImmutableDictionary(),
        ImmutableDictionary<string, string>.Empty);

    private static async Task<(string Name, long Since, bool IsServed)> AskAsync(ProxyDoor door, Origin origin, string name)
    {
        var since = door.Revisions.Current;
        using var client = await door.ConnectAsync($"GET http://{name}:{origin.Port}/ HTTP/1.1\r\nHost: {name}:{origin.Port}\r\nConnection: close\r\n\r\n");
        var heard = await client.HearOutAsync();
        return (name, since, System.Text.Encoding.ASCII.GetString(heard.Bytes).StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal));
    }

    private static async Task AnswerAsync(Origin origin, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                _ = AnswerOneAsync(await origin.AcceptAsync(over));
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private static async Task AnswerOneAsync(Peer peer)
    {
        using (peer)
        {
            try
            {
                await peer.ReadHeadAsync();
                await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
                peer.Finish();
                await peer.HearOutAsync();
            }
            catch (Exception error) when (error is System.Net.Sockets.SocketException or Xunit.Sdk.XunitException)
            {
                // It was revoked before it said anything.
            }
        }
    }

    private static async Task<TimeSpan> EndAsync(Peer client, long since)
    {
        await client.HearOutAsync();
        return Stopwatch.GetElapsedTime(since);
    }

    private static async Task<int> CarryAsync(Peer client, Peer server, CancellationToken over)
    {
        var carried = 0;
        while (!over.IsCancellationRequested)
        {
            await CarryOneAsync(client, server);
            carried++;
        }

        return carried;
    }

    private static async Task CarryOneAsync(Peer client, Peer server)
    {
        await client.SendAsync("ping");
        Assert.Equal("ping", await server.ReadTextAsync(4));
    }
}
