using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SniProxy.LoadTests;

/// <summary>The other end: answers a byte with a byte over TLS, sends as fast as it can over plain TCP, and answers every DNS question with its address.</summary>
internal static class Server
{
    public const string Name = "load.example";
    public const int TlsPort = 443;
    public const int BulkPort = 9000;

    /// <summary>What starts a download; no protocol begins so, and that shows at once.</summary>
    public static readonly ReadOnlyMemory<byte> Go = new byte[] { 1 };

    private const int DnsPort = 53;
    private const int ChunkBytes = 256 * 1024;

    public static async Task RunAsync(IPAddress address, IPAddress resolver)
    {
        // Each of them is bound when it first waits.
        var serving = Task.WhenAll(AcceptAsync(address, TlsPort, EchoOverTls()), AcceptAsync(address, BulkPort, SendAsync), AnswerAsync(address, resolver));
        await Console.Out.WriteLineAsync("ready");
        await serving;
    }

    private static async Task AcceptAsync(IPAddress address, int port, Func<Socket, Task> serve)
    {
        using var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, port));
        listener.Listen(4096);
        while (true)
        {
            var client = await listener.AcceptAsync();
            _ = ServeAsync(client, serve);
        }
    }

    private static async Task ServeAsync(Socket client, Func<Socket, Task> serve)
    {
        using (client)
        {
            try
            {
                client.NoDelay = true;
                await serve(client);
            }
            catch (Exception error) when (error is IOException or SocketException or System.Security.Authentication.AuthenticationException)
            {
                // The client has what it wanted.
            }
        }
    }

    private static Func<Socket, Task> EchoOverTls()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={Name}", key, HashAlgorithmName.SHA256);
        var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var context = SslStreamCertificateContext.Create(certificate, null);
        return async client =>
        {
            await using var tls = new SslStream(new NetworkStream(client));
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = context });
            var buffer = new byte[1];
            while (await tls.ReadAsync(buffer) > 0)
            {
                await tls.WriteAsync(buffer);
            }
        };
    }

    private static async Task SendAsync(Socket client)
    {
        var chunk = new byte[ChunkBytes];
        await client.ReceiveAsync(chunk);
        while (true)
        {
            await client.SendAsync(chunk);
        }
    }

    // RFC 1035 section 4: the question again, and one A record for it.
    private static async Task AnswerAsync(IPAddress address, IPAddress resolver)
    {
        using var socket = new Socket(resolver.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(resolver, DnsPort));
        var query = new byte[512];
        while (true)
        {
            var received = await socket.ReceiveFromAsync(query, new IPEndPoint(IPAddress.Any, 0));
            await socket.SendToAsync(Answer(query.AsSpan(0, received.ReceivedBytes), address), received.RemoteEndPoint);
        }
    }

    private static byte[] Answer(ReadOnlySpan<byte> query, IPAddress address)
    {
        const int headerLength = 12;
        var end = headerLength;
        while (query[end] != 0)
        {
            end += query[end] + 1;
        }

        var isAddress = query[end + 2] == 1;
        byte[] header = [query[0], query[1], 0x85, 0x80, 0, 1, 0, (byte)(isAddress ? 1 : 0), 0, 0, 0, 0];
        byte[] record = isAddress ? [0xc0, headerLength, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, .. address.GetAddressBytes()] : [];
        return [.. header, .. query[headerLength..(end + 5)], .. record];
    }
}
