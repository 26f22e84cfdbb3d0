using System.Buffers.Binary;
using System.Net.Security;
using System.Security.Authentication;

namespace SniProxy.Tests.Proxy;

/// <summary>TLS messages: real ClientHellos, caught before they reach a network, and a server's answer by hand.</summary>
internal static class Hellos
{
    // RFC 8446 section 4.1.3.
    private const string RetryRandom = "CF21AD74E59A6111BE1D8C021E65B891C2A211167ABB8C5E079E09E2C8A8339C";

    public static byte[] For(string name)
    {
        using var caught = new CatchingStream();
        using var tls = new SslStream(caught);
        try
        {
            tls.AuthenticateAsClient(new SslClientAuthenticationOptions
            {
                TargetHost = name,
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            });
        }
        catch (Exception error) when (error is IOException or AuthenticationException)
        {
            // The end of the stream, as intended.
        }

        return caught.ToArray();
    }

    /// <summary>The same hello, saying that early data follows (RFC 8446 section 4.2.10).</summary>
    public static byte[] WithEarlyData(byte[] hello)
    {
        byte[] grown = [.. hello, 0, 42, 0, 0];
        Grow(grown, 3);
        Grow(grown, 7);

        // Behind record and message headers, version and random: session id, cipher suites, compression methods, then the extensions.
        var at = 5 + 4 + 2 + 32;
        at += 1 + grown[at];
        at += 2 + BinaryPrimitives.ReadUInt16BigEndian(grown.AsSpan(at));
        Grow(grown, at + 1 + grown[at]);
        return grown;
    }

    /// <summary>A HelloRetryRequest that asks for another key share (RFC 8446 section 4.1.4).</summary>
    public static byte[] RetryRequest() => Record(2, [3, 3, .. Convert.FromHexString(RetryRandom), 0, 0x13, 0x01, 0, 0, 12, 0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0, 24]);

    public static byte[] ServerHello() => Record(2, [3, 3, .. Enumerable.Repeat((byte)7, 32), 0, 0x13, 0x01, 0, 0, 6, 0, 43, 0, 2, 3, 4]);

    /// <summary>A fatal alert of this description.</summary>
    public static byte[] Alert(byte description) => [21, 3, 3, 0, 2, 2, description];

    private static void Grow(byte[] message, int lengthAt)
    {
        var length = message.AsSpan(lengthAt, 2);
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)(BinaryPrimitives.ReadUInt16BigEndian(length) + 4));
    }

    private static byte[] Record(byte type, byte[] body) =>
        [22, 3, 3, 0, (byte)(body.Length + 4), type, 0, 0, (byte)body.Length, .. body];

    private sealed class CatchingStream : MemoryStream
    {
        public override int Read(byte[] buffer, int offset, int count) => 0;

        public override int Read(Span<byte> buffer) => 0;
    }
}
