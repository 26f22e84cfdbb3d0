using System.Net.Sockets;
using System.Security.Cryptography;
using SniProxy.Core.Contract;
using SniProxy.Proxy;

namespace SniProxy.Tests.Proxy;

/// <summary>What is carried arrives whole, and each way of ending is passed on as what it is.</summary>
public sealed class RelayTests
{
    private const int Together = 16;

    // Kestrel's own output, or a shutdown behind its pipe, would lose data here: each round is one chance for that.
    [Fact]
    [Trait("Set", "correctness")]
    public Task HalfClosesLoseNothing() => HalfCloseAsync(200);

    [Fact]
    [Trait("Tier", "full")]
    public Task HalfClosesLoseNothingInManyRounds() => HalfCloseAsync(2_000);

    [Fact]
    [Trait("Set", "correctness")]
    public async Task AClientsResetReachesTheServer()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync(origin);
        using var client = await door.ConnectAsync("SSH-2.0-x\r\n");
        using var server = await origin.AcceptAsync();
        await server.ReadAsync(11);
        client.Reset();
        Assert.True((await server.HearOutAsync()).WasReset);
        Assert.Equal(Ending.ClientReset, (await door.NextEventAsync()).Ending);
    }

    [Fact]
    [Trait("Set", "correctness")]
    public async Task AServersResetReachesTheClient()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync(origin);
        using var client = await door.ConnectAsync("SSH-2.0-x\r\n");
        using var server = await origin.AcceptAsync();
        await server.ReadAsync(11);
        server.Reset();
        Assert.True((await client.HearOutAsync()).WasReset);
        Assert.Equal(Ending.UpstreamReset, (await door.NextEventAsync()).Ending);
    }

    [Fact]
    [Trait("Set", "correctness")]
    public async Task AClientThatDoesNotReadStopsTheServer()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync(origin);
        using var client = await door.ConnectAsync("SSH-2.0-x\r\n");
        using var server = await origin.AcceptAsync();
        Assert.InRange(await FloodAsync(server), 1, FloodBytes - 1);
    }

    [Fact]
    [Trait("Set", "correctness")]
    public async Task AServerThatDoesNotReadStopsTheClient()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync(origin);
        using var client = await door.ConnectAsync("SSH-2.0-x\r\n");
        using var server = await origin.AcceptAsync();
        Assert.InRange(await FloodAsync(client), 1, FloodBytes - 1);
    }

    // What was peeked at counts as looked at; were it taken back, the pipe would no longer know that it is full.
    [Fact]
    public async Task AServerThatDoesNotReadStopsAClientWhoseFirstMessageCameInPieces()
    {
        using var origin = new Origin();
        await using var door = await ProxyDoor.AllowingAsync(
            $"good.example:{origin.Port}", new DoorPlan { IsTransparent = true, SentTo = $"127.0.0.1:{origin.Port}" });
        var fields = string.Concat(Enumerable.Range(0, 4).Select(i => $"X-{i}: {new string('a', 6_000)}\r\n"));
        var head = Peer.Bytes($"POST / HTTP/1.1\r\nHost: good.example:{origin.Port}\r\n{fields}Content-Length: 1000000000\r\n\r\n");
        using var client = await door.ConnectAsync(head[..^1]);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        await client.SendAsync([head[^1], .. new byte[60_000]]);
        using var server = await origin.AcceptAsync();
        Assert.InRange(await FloodAsync(client), 1, FloodBytes - 1);
    }

    [Fact]
    [Trait("Set", "correctness")]
    public async Task AClosedFlowIsResetOnBothSides()
    {
        using var origin = new Origin();
        await using var door = await OpenAsync(origin);
        using var client = await door.ConnectAsync("SSH-2.0-x\r\n");
        using var server = await origin.AcceptAsync();

        // A server that has not been sent anything yet would see an end like any other.
        Assert.Equal("SSH-2.0-x\r\n", await server.ReadTextAsync(11));
        Assert.Equal(1, door.Flows.Close(_ => true, Ending.Revoked));
        Assert.True((await client.HearOutAsync()).WasReset);
        Assert.True((await server.HearOutAsync()).WasReset);
        Assert.Equal(Ending.Revoked, (await door.NextEventAsync()).Ending);
    }

    // More than the buffers of both sockets of a connection may hold (tcp(7): tcp_rmem and tcp_wmem grow to some megabytes).
    internal const int FloodBytes = 64 * 1024 * 1024;

    /// <summary>Sends until nobody takes more, and answers how much was taken.</summary>
    internal static async Task<int> FloodAsync(Peer from)
    {
        var chunk = new byte[256 * 1024];
        var sent = 0;
        while (sent < FloodBytes)
        {
            using var stuck = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            try
            {
                sent += await from.Socket.SendAsync(chunk, SocketFlags.None, stuck.Token);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        return sent;
    }

    private static async Task HalfCloseAsync(int rounds)
    {
        using var origin = new Origin();
        await using var door = await OpenAsync(origin);
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, Together).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) <= rounds)
            {
                await RoundAsync(door, origin);
            }
        }));
        Assert.Equal(0, door.Flows.Open.Count(flow => flow.IsClosed));
    }

    // Which of the clients a server got shows the byte it begins with: whoever begins with 'u' ends its own direction first.
    private static async Task RoundAsync(ProxyDoor door, Origin origin)
    {
        var up = Payload();
        var down = Payload();
        var serving = ServeAsync(origin);
        using var client = await door.ConnectAsync();
        var clientEndsFirst = RandomNumberGenerator.GetInt32(2) == 0;
        byte[] head = [(byte)(clientEndsFirst ? 'u' : 'd'), .. BitConverter.GetBytes(down.Length), .. SHA256.HashData(up), .. down];
        await client.SendAsync(head);
        if (!clientEndsFirst)
        {
            Assert.Equal(down, (await client.HearOutAsync()).Bytes);
        }

        await client.SendAsync(up);
        client.Finish();
        if (clientEndsFirst)
        {
            var heard = await client.HearOutAsync();
            Assert.Equal((false, true), (heard.WasReset, down.AsSpan().SequenceEqual(heard.Bytes)));
        }

        await serving;
    }

    // Sends back what the client gave it to say, and checks what else the client says.
    private static async Task ServeAsync(Origin origin)
    {
        using var server = await origin.AcceptAsync();
        var head = await server.ReadAsync(1 + sizeof(int) + SHA256.HashSizeInBytes);
        var down = await server.ReadAsync(BitConverter.ToInt32(head, 1));
        if (head[0] == 'd')
        {
            await server.SendAsync(down);
            server.Finish();
        }

        var heard = await server.HearOutAsync();
        Assert.False(heard.WasReset);
        Assert.Equal(head[^SHA256.HashSizeInBytes..], SHA256.HashData(heard.Bytes));
        if (head[0] == 'u')
        {
            await server.SendAsync(down);
            server.Finish();
        }
    }

    private static byte[] Payload() => RandomNumberGenerator.GetBytes(RandomNumberGenerator.GetInt32(1, 100_000));

    private static Task<ProxyDoor> OpenAsync(Origin origin) =>
        ProxyDoor.AllowingAsync($"tcp://127.0.0.1:{origin.Port}", new DoorPlan { IsTransparent = true, SentTo = $"127.0.0.1:{origin.Port}" });
}
