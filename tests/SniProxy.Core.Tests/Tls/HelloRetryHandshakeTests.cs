using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SniProxy.Core.Tls;

namespace SniProxy.Core.Tests.Tls;

/// <summary>The guard between real peers: an OpenSSL server that takes no key share but P-256, so that every client that begins with X25519 is asked again.</summary>
public sealed class HelloRetryHandshakeTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("hello-retry-");
    private readonly CancellationTokenSource deadline = new(Patience);
    private Process? server;
    private int serverPort;

    public async ValueTask InitializeAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=allowed.example", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var pem = Path.Combine(folder.FullName, "server.pem");
        await File.WriteAllTextAsync(pem, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n", deadline.Token);
        var start = new ProcessStartInfo("openssl", ["s_server", "-accept", "127.0.0.1:0", "-cert", pem, "-groups", "P-256", "-tls1_3", "-rev"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        server = Process.Start(start) ?? throw new InvalidOperationException("openssl did not start");
        serverPort = await ReadPortAsync(server.StandardOutput);
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            server.Kill();
            await server.WaitForExitAsync();
            server.Dispose();
        }

        deadline.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task AHandshakeWithAnHonestRetryGoesThrough()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var relay = RelayAsync(listener);

        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, deadline.Token);
        await using var stream = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate?.Subject == "CN=allowed.example");
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "allowed.example", EnabledSslProtocols = SslProtocols.Tls13 }, deadline.Token);
        await stream.WriteAsync("sesrever revres sihT\n"u8.ToArray(), deadline.Token);
        var answer = new byte[21];
        await stream.ReadExactlyAsync(answer, deadline.Token);

        Assert.Equal("This server reverses\n"u8, answer);
        await stream.ShutdownAsync();
        client.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal((HelloRetryState.Released, true), await relay);
    }

    [Fact]
    public async Task AnotherNameBehindARealRetryIsRefused()
    {
        using var upstream = new TcpClient();
        await upstream.ConnectAsync(IPAddress.Loopback, serverPort, deadline.Token);
        var stream = upstream.GetStream();
        var first = ClientHelloBuilder.For();
        using var guard = new HelloRetryGuard(Read(first.Wire()));

        await stream.WriteAsync(first.Wire(), deadline.Token);
        var buffer = new byte[4096];
        while (guard.State == HelloRetryState.Watching)
        {
            var count = await stream.ReadAsync(buffer, deadline.Token);
            Assert.NotEqual(0, count);
            guard.OnServerBytes(buffer.AsSpan(0, count));
        }

        Assert.Equal(HelloRetryState.Retrying, guard.State);
        Assert.Equal(0, guard.OnClientBytes(ClientHelloBuilder.For("denied.example").Wire()));
        Assert.Equal(HelloRetryState.Refused, guard.State);
    }

    // A relay as small as can be: a task for each direction, a lock around the guard. Answers how the guard ended and whether there was a retry.
    private async Task<(HelloRetryState State, bool WasRetried)> RelayAsync(TcpListener listener)
    {
        using var client = await listener.AcceptSocketAsync(deadline.Token);
        using var upstream = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await upstream.ConnectAsync(IPAddress.Loopback, serverPort, deadline.Token);
        using var reader = new ClientHelloReader();
        var peeked = new byte[16384];
        var length = 0;
        do
        {
            length += await client.ReceiveAsync(peeked.AsMemory(length), deadline.Token);
        }
        while (reader.Read(new ReadOnlySequence<byte>(peeked, 0, length)) == Core.Wire.ReadStatus.Incomplete);

        Assert.Equal(reader.Hello.WireLength, length);
        await upstream.SendAsync(peeked.AsMemory(0, length), deadline.Token);
        using var guard = new HelloRetryGuard(reader.Hello);
        var gate = new Lock();
        var wasRetried = false;
        await Task.WhenAll(UpAsync(), DownAsync());
        return (guard.State, wasRetried);

        async Task DownAsync()
        {
            var buffer = new byte[16384];
            for (var count = 1; count > 0;)
            {
                count = await upstream.ReceiveAsync(buffer, deadline.Token);
                lock (gate)
                {
                    guard.OnServerBytes(buffer.AsSpan(0, count));
                    wasRetried |= guard.State == HelloRetryState.Retrying;
                }

                await client.SendAsync(buffer.AsMemory(0, count), deadline.Token);
            }
        }

        async Task UpAsync()
        {
            var buffer = new byte[16384];
            var isHeldSent = false;
            for (var count = 1; count > 0;)
            {
                count = await client.ReceiveAsync(buffer, deadline.Token);
                byte[] allowed;
                lock (gate)
                {
                    var passed = isHeldSent ? count : guard.OnClientBytes(buffer.AsSpan(0, count));
                    var isReleased = !isHeldSent && guard.State == HelloRetryState.Released;
                    allowed = [.. buffer.AsSpan(0, passed), .. isReleased ? guard.Held.Span : []];
                    isHeldSent |= isReleased;
                }

                await upstream.SendAsync(allowed, deadline.Token);
            }

            upstream.Shutdown(SocketShutdown.Send);
        }
    }

    private async Task<int> ReadPortAsync(StreamReader output)
    {
        while (await output.ReadLineAsync(deadline.Token) is { } line)
        {
            if (line.StartsWith("ACCEPT", StringComparison.Ordinal))
            {
                return int.Parse(line.AsSpan(line.LastIndexOf(':') + 1));
            }
        }

        throw new InvalidOperationException("openssl ended");
    }

    private static ClientHello Read(byte[] wire)
    {
        using var reader = new ClientHelloReader();
        reader.Read(new ReadOnlySequence<byte>(wire));
        return reader.Hello;
    }
}
