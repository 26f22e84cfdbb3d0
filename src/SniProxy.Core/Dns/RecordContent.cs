using SniProxy.Core.Wire;

namespace SniProxy.Core.Dns;

/// <summary>
/// Takes the data field of a record out of its message. The types that may hold compressed names (RFC 1035 section 3.3, RFC 3597
/// section 4) are opened and written anew without pointers; every other type is taken byte for byte.
/// </summary>
internal static class RecordContent
{
    // SOA: two names and five 32-bit numbers; NAPTR: 4 bytes, three strings of at most 256 bytes and a name.
    private const int MaxRewrittenLength = 4 + (3 * 256) + (2 * WireName.MaxLength) + 20;

    public static ReadStatus Read(ReadOnlySpan<byte> message, int start, int length, DnsType type, out ReadOnlyMemory<byte> content)
    {
        content = default;
        var (head, names, tail) = ShapeOf(type);
        if (names == 0)
        {
            if (head != 0 && head != length)
            {
                return ReadStatus.Malformed;
            }

            content = message.Slice(start, length).ToArray();
            return ReadStatus.Complete;
        }

        var end = start + length;
        Span<byte> rewritten = stackalloc byte[MaxRewrittenLength];
        var written = 0;
        var position = start;
        if (type == DnsType.Naptr && !TryMeasureNaptrHead(message[start..end], out head))
        {
            return ReadStatus.Malformed;
        }

        if (head > length)
        {
            return ReadStatus.Malformed;
        }

        message.Slice(position, head).CopyTo(rewritten);
        position += head;
        written += head;
        for (var i = 0; i < names; i++)
        {
            if (!WireName.TryRead(message, ref position, rewritten[written..], out var nameLength) || position > end)
            {
                return ReadStatus.Malformed;
            }

            written += nameLength;
        }

        if (end - position != tail)
        {
            return ReadStatus.Malformed;
        }

        message.Slice(position, tail).CopyTo(rewritten[written..]);
        content = rewritten[..(written + tail)].ToArray();
        return ReadStatus.Complete;
    }

    // Bytes before the names, number of names, bytes behind them. Without names the first figure is the whole length, 0 for any.
    private static (int Head, int Names, int Tail) ShapeOf(DnsType type) => type switch
    {
        DnsType.A => (4, 0, 0),
        DnsType.Aaaa => (16, 0, 0),
        DnsType.Ns or DnsType.Cname or DnsType.Ptr or DnsType.Dname => (0, 1, 0),
        DnsType.Soa => (0, 2, 20),
        DnsType.Mx => (2, 1, 0),
        DnsType.Srv => (6, 1, 0),
        DnsType.Naptr => (4, 1, 0),
        _ => (0, 0, 0),
    };

    // Order and preference, then flags, services and regexp as character strings (RFC 3403 section 4.1).
    private static bool TryMeasureNaptrHead(ReadOnlySpan<byte> field, out int head)
    {
        head = 4;
        for (var i = 0; i < 3; i++)
        {
            if (head >= field.Length)
            {
                return false;
            }

            head += 1 + field[head];
        }

        return head <= field.Length;
    }
}
