using System.Net.Security;
using System.Security.Authentication;

namespace SniProxy.Lab.Callers;

/// <summary>A real ClientHello for a name, as OpenSSL writes it under .NET, caught before it reaches any network.</summary>
public static class Hello
{
    /// <summary>The first flight: one or more TLS records.</summary>
    public static byte[] For(string name, params string[] protocols)
    {
        using var caught = new CatchingStream();
        using var tls = new SslStream(caught);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = name,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = protocols.Length == 0 ? null : [.. protocols.Select(p => new SslApplicationProtocol(p))],
        };
        try
        {
            tls.AuthenticateAsClient(options);
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            // The end of the stream, as intended.
        }

        return caught.Written;
    }

    /// <summary>Longer than an Ethernet frame holds.</summary>
    public static byte[] BigFor(string name) => For(name, [.. Enumerable.Range(0, 8).Select(i => new string((char)('a' + i), 250))]);

    private sealed class CatchingStream : Stream
    {
        private readonly MemoryStream _written = new();

        public byte[] Written => _written.ToArray();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => 0;

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => _written.Write(buffer, offset, count);
    }
}
