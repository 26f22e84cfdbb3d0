using System.Diagnostics;
using SniProxy.Core.Contract;

namespace SniProxy.Tests.Proxy;

/// <summary>The limits that the language is explained with, on TLS that nobody decrypts.</summary>
public sealed class DocumentedLimitsTests
{
    private const int Connections = 50;
    private const int Budget = 20_000_000;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private static readonly byte[] Hello = Hellos.For("good.example");

    [Fact]
    public async Task TwentyMegabytesAnHourOverFiftyConnections()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync(origin, "upload: 20MB/1h, connections: 50");
        var pairs = new List<(Peer Client, Peer Server)>();
        for (var i = 0; i < Connections; i++)
        {
            pairs.Add(await ConnectAsync(door, origin));
        }

        await AssertRefusedAsync(door, origin, Reason.ConnectionLimit);

        // All but the last thousand bytes, the hellos counted in: everything arrives, and everybody stays.
        var share = (Budget - 1_000) / Connections - Hello.Length;
        await Task.WhenAll(pairs.Select(pair => CarryAsync(pair.Client, pair.Server, share)));
        // What comes down is no upload.
        await door.UntilSweptAsync(pairs[0].Server, pairs[0].Client);
        Assert.Equal(Connections, door.Flows.Open.Count(flow => !flow.IsClosed));

        var since = Stopwatch.GetTimestamp();
        await pairs[0].Client.SendAsync(new byte[1_000]);
        await Task.WhenAll(pairs.Select(pair => pair.Client.HearOutAsync()));
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, Soon);
        var sent = 0L;
        for (var i = 0; i < Connections; i++)
        {
            var ended = await door.NextEventAsync();
            Assert.Equal((Ending.Revoked, Reason.BudgetExceeded, Decision.Allow, "good.example"), (ended.Ending, ended.Reason, ended.Verdict, ended.Name));
            sent += ended.BytesUp;
        }

        Assert.Equal(Budget, sent);
        await AssertRefusedAsync(door, origin, Reason.BudgetExceeded);
        pairs.ForEach(pair =>
        {
            pair.Client.Dispose();
            pair.Server.Dispose();
        });
    }

    [Fact]
    public async Task OfFortyAtOnceFiveBegin()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync(origin, "newConnectionsPerSecond: 5");
        using var over = new CancellationTokenSource();
        var answering = AnswerAsync(origin, over.Token);
        var since = Stopwatch.GetTimestamp();
        var clients = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => door.ConnectAsync(Hello)));
        var answers = await Task.WhenAll(clients.Select(client => client.ReadAsync(1)));
        var begun = answers.Count(answer => answer[0] == Hellos.ServerHello()[0]);

        // A bucket of five, and five more a second while it took.
        Assert.InRange(begun, 5, 5 + (int)Math.Ceiling(Stopwatch.GetElapsedTime(since).TotalSeconds * 5));

        // What is over a limit is counted: the first is told, then the number once a second.
        var refused = 0L;
        while (refused < answers.Length - begun)
        {
            var told = await door.NextEventAsync();
            Assert.Equal((Ending.Refused, Reason.RateLimited, Decision.Deny), (told.Ending, told.Reason, told.Verdict));
            refused += told.Count;
        }

        Assert.Equal(answers.Length - begun, refused);
        clients.ToList().ForEach(client => client.Dispose());
        await over.CancelAsync();
        await answering;
    }

    private static Task<ProxyDoor> OpenAsync(Origin origin, string limits) => ProxyDoor.OpenAsync(
        $"rules: [{{ allow: [\"tls://good.example:{origin.Port}\"], limits: {{ {limits} }} }}]", new DoorPlan { IsTransparent = true, SentTo = $"127.0.0.1:{origin.Port}" });

    // A handshake as far as anybody can look into it.
    private static async Task<(Peer Client, Peer Server)> ConnectAsync(ProxyDoor door, Origin origin)
    {
        var client = await door.ConnectAsync(Hello);
        var server = await origin.AcceptAsync();
        await server.ReadAsync(Hello.Length);
        await server.SendAsync(Hellos.ServerHello());
        await client.ReadAsync(Hellos.ServerHello().Length);
        return (client, server);
    }

    private static async Task AnswerAsync(Origin origin, CancellationToken over)
    {
        var servers = new List<Peer>();
        while (!over.IsCancellationRequested)
        {
            try
            {
                var server = await origin.AcceptAsync(over);
                servers.Add(server);
                await server.ReadAsync(Hello.Length);
                await server.SendAsync(Hellos.ServerHello());
            }
            catch (OperationCanceledException)
            {
                servers.ForEach(server => server.Dispose());
                return;
            }
        }
    }

    private static async Task AssertRefusedAsync(ProxyDoor door, Origin origin, Reason reason)
    {
        using var client = await door.ConnectAsync(Hello);
        Assert.Equal(Hellos.Alert(49), (await client.HearOutAsync()).Bytes);
        var told = await door.NextEventAsync();
        Assert.Equal((Ending.Refused, reason, Decision.Deny), (told.Ending, told.Reason, told.Verdict));
        Assert.False(origin.WasReached);
    }

    private static async Task CarryAsync(Peer client, Peer server, int count)
    {
        var sent = client.SendAsync(new byte[count]);
        await server.ReadAsync(count);
        await sent;
    }
}
