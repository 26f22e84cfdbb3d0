using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using SniProxy.Core.Dns;

namespace SniProxy.Tests.Resolutions;

/// <summary>
/// A name server on loopback, UDP and TCP on one port, that answers what a test says, or nothing. It stands for the outside world.
/// </summary>
internal sealed class FakeNameServer : IAsyncDisposable
{
    private readonly Socket udp;
    private readonly Socket tcp;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task[] loops;
    private readonly Channel<Seen> seen = Channel.CreateUnbounded<Seen>();

    public FakeNameServer(Func<byte[], IReadOnlyList<byte[]>>? onUdp = null, Func<byte[], IReadOnlyList<byte[]>>? onTcp = null)
    {
        OnUdp = onUdp ?? (_ => []);
        OnTcp = onTcp ?? (query => OnUdp(query));
        (udp, tcp) = Bind();
        Endpoint = (IPEndPoint)(udp.LocalEndPoint ?? throw new InvalidOperationException());
        loops = [ServeUdpAsync(), ServeTcpAsync()];
    }

    public sealed record Seen(byte[] Query, int ClientPort, bool IsTcp)
    {
        public (string Name, DnsType Type) Asked => Wire.Asked(Query);
    }

    public IPEndPoint Endpoint { get; }

    /// <summary>The datagrams that go back for one; may be changed while the server runs.</summary>
    public Func<byte[], IReadOnlyList<byte[]>> OnUdp { get; set; }

    public Func<byte[], IReadOnlyList<byte[]>> OnTcp { get; set; }

    /// <summary>Instead of <see cref="OnTcp"/>: bytes as they are, and the end of the connection.</summary>
    public Func<byte[], byte[]>? OnTcpBytes { get; set; }

    public ConcurrentQueue<Seen> Queries { get; } = new();

    public async Task<Seen> NextAsync() => await seen.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(10));

    /// <summary>Answers A and AAAA questions with the addresses of a zone, everything else in it with NODATA, and other names with NXDOMAIN.</summary>
    public static Func<byte[], IReadOnlyList<byte[]>> Zone(params (string Name, string Address, uint Ttl)[] records) => query =>
    {
        var (name, type) = Wire.Asked(query);
        var ofName = records.Where(record => record.Name == name).ToArray();
        var answers = ofName
            .Where(record => record.Address.Contains(':') ? type == DnsType.Aaaa : type == DnsType.A)
            .Select(record => Wire.A(name, record.Address, record.Ttl));
        return [Wire.Respond(query, ofName.Length == 0 ? 3 : 0, [.. answers], [Wire.Soa("example", 30)])];
    };

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        udp.Dispose();
        tcp.Dispose();
        await Task.WhenAll(loops);
        stopping.Dispose();
    }

    // The port that the system chose for UDP may be taken for TCP.
    private static (Socket Udp, Socket Tcp) Bind()
    {
        for (var attempt = 1; ; attempt++)
        {
            var udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            var tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            udp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            try
            {
                tcp.Bind(udp.LocalEndPoint ?? throw new InvalidOperationException());
                tcp.Listen();
                return (udp, tcp);
            }
            catch (SocketException) when (attempt < 20)
            {
                udp.Dispose();
                tcp.Dispose();
            }
        }
    }

    private void Record(byte[] query, EndPoint client, bool isTcp)
    {
        var one = new Seen(query, ((IPEndPoint)client).Port, isTcp);
        Queries.Enqueue(one);
        seen.Writer.TryWrite(one);
    }

    private async Task ServeUdpAsync()
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var received = await udp.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), stopping.Token);
                var query = buffer[..received.ReceivedBytes];
                Record(query, received.RemoteEndPoint, isTcp: false);
                foreach (var reply in OnUdp(query))
                {
                    await udp.SendToAsync(reply, received.RemoteEndPoint, stopping.Token);
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
        {
        }
    }

    private async Task ServeTcpAsync()
    {
        try
        {
            while (true)
            {
                using var client = await tcp.AcceptAsync(stopping.Token);
                await using var stream = new NetworkStream(client);
                var length = new byte[2];
                await stream.ReadExactlyAsync(length, stopping.Token);
                var query = new byte[length[0] << 8 | length[1]];
                await stream.ReadExactlyAsync(query, stopping.Token);
                Record(query, client.RemoteEndPoint ?? Endpoint, isTcp: true);
                if (OnTcpBytes is { } bytes)
                {
                    await stream.WriteAsync(bytes(query), stopping.Token);
                    continue;
                }

                foreach (var reply in OnTcp(query))
                {
                    // In two pieces: a length need not come with its message.
                    await stream.WriteAsync(Wire.UInt16(reply.Length).AsMemory(0, 1), stopping.Token);
                    await stream.WriteAsync(Wire.UInt16(reply.Length).AsMemory(1, 1), stopping.Token);
                    await stream.WriteAsync(reply, stopping.Token);
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or IOException or SocketException)
        {
        }
    }
}
