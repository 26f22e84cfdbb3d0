using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace SniProxy.LoadTests;

/// <summary>What a client sees, the same way whether it goes directly or through the appliance.</summary>
internal static class Measurement
{
    public const string Connections = "new TLS connections a second";
    public const string Latency = "connect to first byte, median ms";
    public const string Bulk = "bulk download, MB/s";

    private const int ConnectionsAtOnce = 8;
    private const int DownloadsAtOnce = 4;
    private const int BufferBytes = 256 * 1024;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    // A connection that stands still for so long after the end is an error, not a slow one.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(string way, IPAddress address, IPAddress resolver, TimeSpan length, string file)
    {
        await AskAsync(resolver);
        await KeepConstantAsync(ConnectionsAtOnce, WarmUp, (_, deadline) => ConnectAsync(address, deadline));
        var times = new List<double>();
        var elapsed = await KeepConstantAsync(ConnectionsAtOnce, length, async (_, deadline) =>
        {
            var took = await ConnectAsync(address, deadline);
            lock (times)
            {
                times.Add(took.TotalMilliseconds);
            }
        });
        times.Sort();
        long bytes = 0;
        var bulkElapsed = await KeepConstantAsync(DownloadsAtOnce, length, async (end, deadline) => Interlocked.Add(ref bytes, await DownloadAsync(address, end, deadline)));
        await File.AppendAllLinesAsync(file,
        [
            Line(way, Connections, times.Count / elapsed.TotalSeconds),
            Line(way, Latency, times[times.Count / 2]),
            Line(way, Bulk, bytes / bulkElapsed.TotalSeconds / 1e6),
        ]);
    }

    private static string Line(string way, string what, double value) => string.Create(CultureInfo.InvariantCulture, $"{way}\t{what}\t{value:F3}");

    /// <summary>So many of them at any time, each followed by the next, until the time is over. An error of one is an error of all.</summary>
    private static async Task<TimeSpan> KeepConstantAsync(int count, TimeSpan length, Func<CancellationToken, CancellationToken, Task> once)
    {
        using var end = new CancellationTokenSource(length);
        using var deadline = new CancellationTokenSource(length + Patience);
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                await once(end.Token, deadline.Token);
            }
        })));
        return Stopwatch.GetElapsedTime(started);
    }

    // As a client does: the question first, so that the name is bound to its address.
    private static async Task AskAsync(IPAddress resolver)
    {
        byte[] question = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. Server.Name.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. label.Select(letter => (byte)letter)]), 0, 0, 1, 0, 1];
        using var socket = new Socket(resolver.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(new IPEndPoint(resolver, 53));
        await socket.SendAsync(question);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await socket.ReceiveAsync(new byte[512], SocketFlags.None, deadline.Token);
    }

    private static async Task<TimeSpan> ConnectAsync(IPAddress address, CancellationToken deadline)
    {
        var started = Stopwatch.GetTimestamp();
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(address, Server.TlsPort), deadline);
        await using var tls = new SslStream(new NetworkStream(socket));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = Server.Name,
            AllowTlsResume = false,
            // Self-signed, but the server's and nobody else's.
            RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate?.Subject == $"CN={Server.Name}",
        }, deadline);
        await tls.WriteAsync(new byte[1], deadline);
        await tls.ReadExactlyAsync(new byte[1], deadline);
        return Stopwatch.GetElapsedTime(started);
    }

    private static async Task<long> DownloadAsync(IPAddress address, CancellationToken end, CancellationToken deadline)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(address, Server.BulkPort), deadline);
        await socket.SendAsync(Server.Go, deadline);
        var buffer = new byte[BufferBytes];
        long bytes = 0;
        while (!end.IsCancellationRequested)
        {
            var received = await socket.ReceiveAsync(buffer, deadline);
            if (received == 0)
            {
                throw new IOException("the download ended before its time");
            }

            bytes += received;
        }

        return bytes;
    }
}
