// Over 200 lines: every protocol is four or five of them, and which is tried first is better seen in one place.
using System.Buffers;
using System.Buffers.Binary;

namespace SniProxy.Core.FirstBytes;

/// <summary>
/// Tells protocols apart by the first bytes a client sends. An answer other than <see cref="FirstBytesKind.Incomplete"/> never
/// changes when more bytes arrive. Whatever some HTTP server could read as a request is an HTTP candidate, so that bytes with a readable
/// name cannot pass for bytes without one.
/// </summary>
public static class FirstBytes
{
    /// <summary>With this many bytes every beginning is decided.</summary>
    public const int DecidedAt = MaxWhitespace + MaxToken + 2;

    // The longest registered method has 17 bytes (UPDATEREDIRECTREF); a longer token is still one.
    private const int MaxToken = 64;
    private const int MaxWhitespace = 16;

    // PostgreSQL's server takes start packets of at most 10,000 bytes (MAX_STARTUP_PACKET_LENGTH).
    private const uint MaxPostgresStart = 10_000;

    // tchar (RFC 9110 section 5.6.2).
    private static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    // What servers that split a request line leniently take for a separator (RFC 9112 section 3).
    private static readonly SearchValues<byte> WhitespaceBytes = SearchValues.Create(" \t\n\v\f\r"u8);

    private static ReadOnlySpan<byte> ProxyV2Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    public static FirstBytesKind Classify(ReadOnlySpan<byte> prefix)
    {
        if (prefix.IsEmpty)
        {
            return FirstBytesKind.Incomplete;
        }

        var first = prefix[0];
        if (TokenBytes.Contains(first))
        {
            return ClassifyToken(prefix);
        }

        if (WhitespaceBytes.Contains(first))
        {
            return ClassifyWhitespace(prefix);
        }

        return first switch
        {
            0x16 => ClassifyTls(prefix),
            0x00 => ClassifyPostgres(prefix),
            0x04 => ClassifySocks4(prefix),
            0x05 => ClassifySocks5(prefix),
            >= 0x80 => ClassifySslV2(prefix),
            _ => FirstBytesKind.Other,
        };
    }

    // The minor version is not looked at: servers ignore it (RFC 8446 section 5.1).
    private static FirstBytesKind ClassifyTls(ReadOnlySpan<byte> prefix) => prefix switch
    {
        [_] => FirstBytesKind.Incomplete,
        [_, 0x03, ..] => FirstBytesKind.Tls,
        _ => FirstBytesKind.Other,
    };

    // Two bytes of length, message type 1, and the version: 0.2 of SSL 2.0 itself, or 3.x.
    private static FirstBytesKind ClassifySslV2(ReadOnlySpan<byte> prefix) => prefix switch
    {
        [_] or [_, _] or [_, _, 1] => FirstBytesKind.Incomplete,
        [_, _, 1, 0 or 3, ..] => FirstBytesKind.SslV2,
        _ => FirstBytesKind.Other,
    };

    private static FirstBytesKind ClassifySocks4(ReadOnlySpan<byte> prefix) => prefix switch
    {
        [_] => FirstBytesKind.Incomplete,
        [_, 1 or 2, ..] => FirstBytesKind.Socks4,
        _ => FirstBytesKind.Other,
    };

    // RFC 1928 section 3: version and the number of methods.
    private static FirstBytesKind ClassifySocks5(ReadOnlySpan<byte> prefix) => prefix switch
    {
        [_] => FirstBytesKind.Incomplete,
        [_, > 0, ..] => FirstBytesKind.Socks5,
        _ => FirstBytesKind.Other,
    };

    // A length and a code, both of four bytes (PostgreSQL, "Message Formats").
    private static FirstBytesKind ClassifyPostgres(ReadOnlySpan<byte> prefix)
    {
        if (prefix is [_, not 0, ..])
        {
            return FirstBytesKind.Other;
        }

        if (prefix.Length < 8)
        {
            return FirstBytesKind.Incomplete;
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix);
        if (length is < 8 or > MaxPostgresStart)
        {
            return FirstBytesKind.Other;
        }

        return (BinaryPrimitives.ReadUInt32BigEndian(prefix[4..]), length) switch
        {
            (80877103, 8) => FirstBytesKind.PostgresSslRequest,
            (80877104, 8) => FirstBytesKind.PostgresGssRequest,
            (80877102, > 8) => FirstBytesKind.PostgresCancel,
            (>= 0x0003_0000 and <= 0x0003_ffff, > 8) => FirstBytesKind.PostgresStartup,
            _ => FirstBytesKind.Other,
        };
    }

    private static FirstBytesKind ClassifyWhitespace(ReadOnlySpan<byte> prefix)
    {
        var common = prefix.CommonPrefixLength(ProxyV2Signature);
        if (common == ProxyV2Signature.Length)
        {
            return FirstBytesKind.ProxyProtocol;
        }

        if (common == prefix.Length)
        {
            return FirstBytesKind.Incomplete;
        }

        var length = prefix.IndexOfAnyExcept(WhitespaceBytes);
        if (length < 0)
        {
            return prefix.Length > MaxWhitespace ? FirstBytesKind.HttpCandidate : FirstBytesKind.Incomplete;
        }

        if (length > MaxWhitespace)
        {
            return FirstBytesKind.HttpCandidate;
        }

        return TokenBytes.Contains(prefix[length]) ? EndOfToken(prefix[length..]) : FirstBytesKind.Other;
    }

    private static FirstBytesKind ClassifyToken(ReadOnlySpan<byte> prefix)
    {
        // Protocols whose beginning is a token too.
        if (IsPartOf(prefix, "SSH-"u8) || prefix is [(byte)'S', (byte)'S', (byte)'H', (byte)'-', (byte)'1' or (byte)'2'])
        {
            return FirstBytesKind.Incomplete;
        }

        if (prefix is [(byte)'S', (byte)'S', (byte)'H', (byte)'-', (byte)'1' or (byte)'2', (byte)'.', ..])
        {
            return FirstBytesKind.Ssh;
        }

        if (prefix[0] == '*')
        {
            return ClassifyRedis(prefix);
        }

        return prefix.StartsWith("PR"u8) ? ClassifyPr(prefix) : EndOfToken(prefix);
    }

    // HTTP/2's preface and PROXY version 1 both look like a method with its target: wait for what tells them from one.
    private static FirstBytesKind ClassifyPr(ReadOnlySpan<byte> prefix)
    {
        if (prefix.StartsWith("PRI * HTTP/2.0\r\n"u8))
        {
            return FirstBytesKind.Http2Preface;
        }

        if (prefix.StartsWith("PROXY TCP4 "u8) || prefix.StartsWith("PROXY TCP6 "u8) || prefix.StartsWith("PROXY UNKNOWN"u8))
        {
            return FirstBytesKind.ProxyProtocol;
        }

        var undecided = IsPartOf(prefix, "PRI * HTTP/2.0\r\n"u8)
            || IsPartOf(prefix, "PROXY TCP4 "u8) || IsPartOf(prefix, "PROXY TCP6 "u8) || IsPartOf(prefix, "PROXY UNKNOWN"u8);
        return undecided ? FirstBytesKind.Incomplete : EndOfToken(prefix);
    }

    // RESP: an asterisk, the number of elements, and CR LF. An asterisk and digits are also a method, but not with a line end behind them.
    private static FirstBytesKind ClassifyRedis(ReadOnlySpan<byte> prefix)
    {
        var end = prefix[1..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') + 1;
        return end is > 1 and <= 10 && prefix[end..] is [(byte)'\r', (byte)'\n', ..] ? FirstBytesKind.Redis : EndOfToken(prefix);
    }

    // A method ends in whitespace. A line that ends right behind a token is no request of any version.
    private static FirstBytesKind EndOfToken(ReadOnlySpan<byte> prefix)
    {
        var length = prefix.IndexOfAnyExcept(TokenBytes);
        if (length < 0)
        {
            return prefix.Length > MaxToken ? FirstBytesKind.HttpCandidate : FirstBytesKind.Incomplete;
        }

        if (length > MaxToken)
        {
            return FirstBytesKind.HttpCandidate;
        }

        return prefix[length..] switch
        {
            [(byte)'\n', ..] or [(byte)'\r', (byte)'\n', ..] => FirstBytesKind.Other,
            [(byte)'\r'] => FirstBytesKind.Incomplete,
            [var end, ..] when WhitespaceBytes.Contains(end) => FirstBytesKind.HttpCandidate,
            _ => FirstBytesKind.Other,
        };
    }

    private static bool IsPartOf(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> whole) =>
        prefix.Length < whole.Length && whole.StartsWith(prefix);
}
