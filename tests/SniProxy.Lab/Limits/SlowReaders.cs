using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;
using SniProxy.Lab.Relay;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Limits;

/// <summary>Two hundred big downloads that nobody hurries to read wait in the kernel and at the servers, not in the appliance.</summary>
[Trait("Set", "correctness")]
public sealed class SlowReaders(Lab lab)
{
    private const int Readers = 200;
    private const int ReadToTheEnd = 5;
    private const int Port = 80;

    /// <summary>More than the buffers of four sockets and a pipe may hold.</summary>
    private const long Size = 64_000_000;

    private const int Sip = 16 * 1024;
    private const long MostResident = 300_000_000;

    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenSips = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(RawPort.ServerFirst)]
    [InlineData(Port)]
    public async Task MemoryStaysBoundedAndNothingIsLost(int port)
    {
        var appliance = await lab.ApplianceAsync(RawPort.Settings, Door.Redirect);
        using var over = new CancellationTokenSource(Patience);
        await using var server = new TcpServer(lab.Internet, RawPort.Endpoints(port), ServeAsync);
        var watching = WatchAsync(appliance, over.Token);
        var clients = await Task.WhenAll(Enumerable.Range(0, Readers).Select(_ => OpenAsync(port)));
        try
        {
            var heads = await Task.WhenAll(clients.Select(client => SkipHeadAsync(client, port)));
            Assert.All(heads, head => Assert.Equal(heads[0], head));
            var read = await Task.WhenAll(clients.Select(client => SipAsync(client, over.Token)));

            // What waits for all of them is more than the kernel gives to TCP before it drops what arrives (tcp(7), tcp_mem).
            Array.ForEach(clients[ReadToTheEnd..], client => client.Dispose());
            var totals = await Task.WhenAll(clients.Take(ReadToTheEnd).Select((client, i) => ReadToEndAsync(client, read[i], over.Token)));
            Assert.All(totals, total => Assert.Equal(Size, total));
        }
        finally
        {
            await over.CancelAsync();
            Array.ForEach(clients, client => client.Dispose());
        }

        var most = await watching;
        Assert.True(most < MostResident, $"{most} bytes were resident");
    }

    private async Task<Socket> OpenAsync(int port)
    {
        var socket = await lab.Sandbox.ConnectAsync(RawPort.Host.At(Family.IPv4, port));
        if (port == Port)
        {
            await socket.SendAllAsync(Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {RawPort.Host.Name}\r\n\r\n"));
        }

        return socket;
    }

    private static async Task ServeAsync(TcpServer server, Socket socket, CancellationToken stop)
    {
        if (socket.LocalEndPoint is System.Net.IPEndPoint { Port: Port })
        {
            await server.ReadAsync(socket, new byte[4096], stop);
            await socket.SendAllAsync(Head, stop);
        }

        await KnownBytes.SendAsync(socket, Size, _ => { }, stop);
        socket.Shutdown(SocketShutdown.Send);
        await server.ReadAsync(socket, new byte[1], stop);
    }

    private static byte[] Head => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 200 OK\r\nContent-Length: {Size}\r\n\r\n"));

    private static async Task<string> SkipHeadAsync(Socket client, int port) =>
        port == Port ? Encoding.ASCII.GetString(await client.ReceiveAsync(Head.Length, Patience)) : "";

    // A little now and then; answers how much.
    private static async Task<long> SipAsync(Socket client, CancellationToken over)
    {
        var buffer = new byte[Sip];
        var read = 0L;
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < Slow; await Task.Delay(BetweenSips, over))
        {
            var count = await client.ReceiveAsync(buffer, over);
            KnownBytes.Check(buffer.AsSpan(0, count), read);
            read += count;
        }

        return read;
    }

    private static async Task<long> ReadToEndAsync(Socket client, long read, CancellationToken over)
    {
        await KnownBytes.ReceiveToEndAsync(client, read, count => read += count, over);
        return read;
    }

    // The most that was resident until it is over.
    private static async Task<long> WatchAsync(Appliance appliance, CancellationToken over)
    {
        var most = 0L;
        while (!over.IsCancellationRequested)
        {
            most = Math.Max(most, ProcessFigures.ResidentBytesOf(appliance.Process.Id));
            await Task.WhenAny(Task.Delay(TimeSpan.FromMilliseconds(20), over));
        }

        return most;
    }
}
