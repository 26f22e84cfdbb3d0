using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace SniProxy.Tests.Resolutions;

/// <summary>A name server on loopback that is asked over TLS. It answers what a test says, with the number of the connection in hand.</summary>
internal sealed class TlsNameServer : IAsyncDisposable
{
    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource stopping = new();
    private readonly X509Certificate2? certificate;
    private readonly ConcurrentDictionary<int, Socket> open = new();
    private readonly Task accepting;
    private int connections;

    /// <param name="certificate">What it shows; null accepts connections and never shakes hands.</param>
    public TlsNameServer(X509Certificate2? certificate)
    {
        this.certificate = certificate;
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Endpoint = (IPEndPoint)(listener.LocalEndPoint ?? throw new InvalidOperationException());
        accepting = AcceptAsync();
    }

    public IPEndPoint Endpoint { get; }

    /// <summary>The messages that go back for one; null closes the connection.</summary>
    public Func<int, byte[], IReadOnlyList<byte[]>?> OnQuery { get; set; } = (_, _) => [];

    public ConcurrentQueue<byte[]> Queries { get; } = new();

    public int Connections => Volatile.Read(ref connections);

    /// <summary>Connections that neither side has closed.</summary>
    public int Open => open.Count;

    public string As(string name) => $"tls://{Endpoint}#{name}";

    /// <summary>Closes what is open, as a server does that has heard nothing for a while.</summary>
    public void CloseAll()
    {
        foreach (var (_, socket) in open)
        {
            try
            {
                socket.Shutdown(SocketShutdown.Both);
            }
            catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
            {
                // The other side was faster.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Dispose();
        await accepting;
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await listener.AcceptAsync(stopping.Token), Interlocked.Increment(ref connections)));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
        {
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(Socket client, int number)
    {
        open[number] = client;
        try
        {
            await using var stream = new SslStream(new NetworkStream(client, ownsSocket: true));
            if (certificate is null)
            {
                await Task.Delay(Timeout.Infinite, stopping.Token);
            }

            await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, stopping.Token);
            var head = new byte[2];
            while (true)
            {
                await stream.ReadExactlyAsync(head, stopping.Token);
                var query = new byte[head[0] << 8 | head[1]];
                await stream.ReadExactlyAsync(query, stopping.Token);
                Queries.Enqueue(query);
                if (OnQuery(number, query) is not { } replies)
                {
                    return;
                }

                foreach (var reply in replies)
                {
                    await stream.WriteAsync((byte[])[.. Wire.UInt16(reply.Length), .. reply], stopping.Token);
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException or AuthenticationException)
        {
        }
        finally
        {
            open.TryRemove(number, out _);
        }
    }
}
