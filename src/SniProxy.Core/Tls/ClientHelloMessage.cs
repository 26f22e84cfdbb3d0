using SniProxy.Core.Wire;

namespace SniProxy.Core.Tls;

/// <summary>
/// Reads the body of one ClientHello handshake message, from TLS records or from QUIC's CRYPTO frames. It is stricter than servers are: a
/// hello that two servers could understand in two ways is malformed here, so that no server finds a name in it which the policy did not see.
/// <code>
/// legacy_version:16 | random[32] | session_id&lt;0..32&gt; | cipher_suites&lt;2..&gt; | compression_methods&lt;1..255&gt;
///   | extensions: { type:16 | data&lt;0..2^16-1&gt; }
/// </code>
/// </summary>
internal static class ClientHelloMessage
{
    /// <summary>msg_type and length:24, which stand before every handshake message's body.</summary>
    public const int HeaderLength = 4;

    /// <summary>The msg_type client_hello (RFC 8446 section 4).</summary>
    public const byte Type = 1;

    private const int RandomLength = 32;
    private const int MaxSessionIdLength = 32;

    /// <summary>Answers false with the alert to send where <paramref name="body"/> is not exactly one proper ClientHello.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out ClientHello hello, out TlsAlert alert)
    {
        hello = default;
        alert = TlsAlert.DecodeError;
        var reader = new ByteReader(body);
        if (!TryReadFixedPart(ref reader, out var legacyVersion))
        {
            return false;
        }

        // A TLS 1.2 client that wants no extension may leave the whole block out (RFC 5246 section 7.4.1.2).
        var extensions = default(ByteReader);
        if (!reader.IsAtEnd && (!reader.TryReadVector16(out extensions) || !reader.IsAtEnd))
        {
            return false;
        }

        var read = new ClientHelloExtensions { HighestVersion = Math.Min(legacyVersion, (ushort)0x0303) };
        if (!read.TryRead(extensions, out alert))
        {
            return false;
        }

        hello = new ClientHello
        {
            ServerName = read.ServerName.Name,
            ServerNameStatus = read.ServerName.Status,
            HadTrailingDot = read.ServerName.HadTrailingDot,
            HasEch = read.HasEch,
            HasEarlyData = read.HasEarlyData,
            LegacyVersion = legacyVersion,
            HighestVersion = read.HighestVersion,
            Alpn = read.Alpn,
        };
        return true;
    }

    private static bool TryReadFixedPart(ref ByteReader reader, out ushort legacyVersion) =>
        reader.TryReadUInt16(out legacyVersion)
        && reader.TrySkip(RandomLength)
        && reader.TryReadVector8(out var sessionId) && sessionId.Remaining <= MaxSessionIdLength
        && reader.TryReadVector16(out var cipherSuites) && cipherSuites.Remaining >= 2 && cipherSuites.Remaining % 2 == 0
        && reader.TryReadVector8(out var compressionMethods) && !compressionMethods.IsAtEnd;
}
