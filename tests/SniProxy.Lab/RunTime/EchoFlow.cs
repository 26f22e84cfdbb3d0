using System.Diagnostics;
using System.Net.Sockets;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Relay;

namespace SniProxy.Lab.RunTime;

/// <summary>A connection on which everything that is sent comes back, in rounds of which each is compared byte for byte.</summary>
internal static class EchoFlow
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Open, and one round made on it.</summary>
    public static async Task<Socket> OpenAsync(Namespace sandbox, int port, Family family = Family.IPv4)
    {
        var socket = await sandbox.ConnectAsync(RawPort.Host.At(family, port));
        await RoundAsync(socket, 1);
        return socket;
    }

    public static async Task RoundAsync(Socket socket, int round)
    {
        var payload = RawPort.Payload(1_000 + round % 100);
        await socket.SendAllAsync(payload);
        Assert.Equal(payload, await socket.ReceiveAsync(payload.Length, Patience));
    }

    /// <summary>Rounds until it is over, and how many there were.</summary>
    public static async Task<int> CarryAsync(Socket socket, CancellationToken over)
    {
        var rounds = 0;
        while (!over.IsCancellationRequested)
        {
            await RoundAsync(socket, ++rounds);
        }

        return rounds;
    }

    /// <summary>When the connection ended, by close or by reset; nothing may come before that, and nobody may end it before it is changed.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="since">When the change was begun; zero before.</param>
    public static async Task<long> EndAsync(Socket socket, Func<long> since)
    {
        try
        {
            Assert.Empty(await socket.ReceiveToEndAsync(Patience));
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.ConnectionReset)
        {
            // The way a connection ends that nobody has words for.
        }

        Assert.NotEqual(0, since());
        return Stopwatch.GetTimestamp();
    }
}
