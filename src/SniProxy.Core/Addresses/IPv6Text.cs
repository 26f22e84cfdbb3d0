using System.Buffers;
using System.Buffers.Text;

namespace SniProxy.Core.Addresses;

/// <summary>
/// An IPv6 address as RFC 5952 section 4 writes it, without an object on the way: of several zeros in a row the longest such row, or the first of
/// those, becomes "::".
/// </summary>
internal static class IPv6Text
{
    private const int Groups = 8;
    private const uint Isatap = 0x5efe;

    /// <summary>Writes the address in ASCII and returns how many letters it has.</summary>
    public static int Format(ulong high, ulong low, Span<byte> ascii)
    {
        // These may end in an IPv4 address (section 5), and the runtime knows which do.
        if (high == 0 || low >> 32 == Isatap)
        {
            new Address(new UInt128(high, low)).ToIPAddress().TryFormat(ascii, out var written);
            return written;
        }

        Span<ushort> groups = stackalloc ushort[Groups];
        for (var i = 0; i < Groups; i++)
        {
            groups[i] = (ushort)((i < Groups / 2 ? high : low) >> (48 - (16 * (i % (Groups / 2)))));
        }

        return Format(groups, ascii);
    }

    private static int Format(ReadOnlySpan<ushort> groups, Span<byte> ascii)
    {
        var (zeros, zerosEnd) = LongestZeros(groups);
        var length = 0;
        for (var i = 0; i < Groups; i++)
        {
            if (i == zeros)
            {
                "::"u8.CopyTo(ascii[length..]);
                length += "::"u8.Length;
                i = zerosEnd - 1;
                continue;
            }

            if (i > 0 && i != zerosEnd)
            {
                ascii[length++] = (byte)':';
            }

            Utf8Formatter.TryFormat(groups[i], ascii[length..], out var digits, new StandardFormat('x'));
            length += digits;
        }

        return length;
    }

    // From where to where; nowhere where there are no two.
    private static (int Start, int End) LongestZeros(ReadOnlySpan<ushort> groups)
    {
        var (start, end) = (-1, 0);
        for (var i = 0; i < Groups; i++)
        {
            var from = i;
            while (i < Groups && groups[i] == 0)
            {
                i++;
            }

            // One zero alone is as long as nowhere.
            (start, end) = i - from > end - start ? (from, i) : (start, end);
        }

        return (start, end);
    }
}
