using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SniProxy.Core.Tests.Tls;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Relay;

/// <summary>A hello may come a byte at a time, and it may have company; the server gets exactly what was sent.</summary>
[Trait("Set", "correctness")]
public sealed class OddHellos(Lab lab)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public async Task HelloByteByByteLeadsToAWholeSession(Door door, Family family)
    {
        await lab.ApplianceAsync(RawPort.Settings, door);
        using var socket = await Opening.OpenAsync(lab.Sandbox, new Route(door, family), Places.Allowed.Name, Places.Allowed.At(family, 443));
        using var stream = new NetworkStream(socket);
        using var roots = X509CertificateLoader.LoadCertificateFromFile(lab.Authority.RootFile);
        var chain = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        chain.CustomTrustStore.Add(roots);
        await using var tls = new SslStream(new ByteByByteStream(stream));
        using var deadline = new CancellationTokenSource(Patience);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = Places.Allowed.Name, CertificateChainPolicy = chain }, deadline.Token);
        await tls.WriteAsync(Clients.Request(Places.Allowed.Name, WebServer.Medium.Path), deadline.Token);
        using var answer = new MemoryStream();
        await tls.CopyToAsync(answer, deadline.Token);
        var bytes = answer.ToArray();
        var body = bytes.AsSpan()[(bytes.AsSpan().IndexOf("\r\n\r\n"u8) + 4)..];
        Assert.Equal(WebServer.Medium.Sha256, Convert.ToHexStringLower(SHA256.HashData(body)));
    }

    /// <summary>As with early data: records behind the hello in the very same segment.</summary>
    [Theory]
    [InlineData(Door.Redirect, 1)]
    [InlineData(Door.TProxy, 1)]
    [InlineData(Door.Explicit, 1)]
    [InlineData(Door.Redirect, 40)]
    [InlineData(Door.TProxy, 40)]
    [InlineData(Door.Explicit, 40)]
    public async Task BytesBehindTheHelloArriveInOrder(Door door, int records)
    {
        await lab.ApplianceAsync(RawPort.Settings, door);
        byte[] sent = [.. Hello.For(RawPort.Host.Name), .. Enumerable.Range(0, records).SelectMany(i => ClientHelloBuilder.Record(23, RawPort.Payload(1000 + i), 0x0303))];
        var arrived = new TaskCompletionSource<byte[]>();
        await using var server = new TcpServer(lab.Internet, RawPort.Endpoints(443), async (_, socket, _) =>
            arrived.SetResult(await socket.ReceiveAsync(sent.Length, Patience)));
        using var socket = await Opening.OpenAsync(lab.Sandbox, new Route(door, Family.IPv4), RawPort.Host.Name, RawPort.Host.At(Family.IPv4, 443));
        await socket.SendAllAsync(sent);
        Assert.Equal(sent, await arrived.Task.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    /// <summary>Each byte in a segment of its own (the socket has no delay).</summary>
    private sealed class ByteByByteStream(Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count)
        {
            for (var i = 0; i < count; i++)
            {
                inner.Write(buffer, offset + i, 1);
            }
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (var i = 0; i < buffer.Length; i++)
            {
                await inner.WriteAsync(buffer.Slice(i, 1), cancellationToken);
            }
        }
    }
}
