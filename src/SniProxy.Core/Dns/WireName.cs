using SniProxy.Core.Names;

namespace SniProxy.Core.Dns;

/// <summary>Names as they stand in messages: length-prefixed labels up to an empty one (RFC 1035 section 3.1).</summary>
public static class WireName
{
    /// <summary>The longest name with its length bytes (RFC 1035 section 2.3.4).</summary>
    public const int MaxLength = 255;

    private const int PointerBits = 0xc0;

    // A name has at most 127 labels (one byte each and its length); more pointers than that are there to waste time.
    private const int MaxPointers = 127;

    /// <summary>
    /// Reads the name at <paramref name="offset"/> without its compression and moves the offset behind it.
    /// A pointer must lead to before the labels that led to it ("a prior occurrence", RFC 1035 section 4.1.4), so that following
    /// pointers always ends.
    /// </summary>
    /// <param name="message">The whole message.</param>
    /// <param name="offset">Where the name begins.</param>
    /// <param name="name">At least <see cref="MaxLength"/> bytes for the result.</param>
    /// <param name="length">The length of the result.</param>
    public static bool TryRead(ReadOnlySpan<byte> message, ref int offset, Span<byte> name, out int length)
    {
        length = 0;
        var position = offset;
        var earliest = offset;
        var jumps = 0;
        while ((uint)position < (uint)message.Length)
        {
            var size = message[position];
            if ((size & PointerBits) == PointerBits)
            {
                if (position + 1 >= message.Length)
                {
                    return false;
                }

                var target = (size & ~PointerBits) << 8 | message[position + 1];
                if (target >= earliest || target < DnsHeader.Size || jumps == MaxPointers)
                {
                    return false;
                }

                offset = jumps == 0 ? position + 2 : offset;
                jumps++;
                position = target;
                earliest = target;
                continue;
            }

            // 01 and 10 in the two high bits were never more than experiments (RFC 6891 section 5).
            if (size > HostName.MaxLabelLength || length + 1 + size > MaxLength || position + 1 + size > message.Length)
            {
                return false;
            }

            message.Slice(position, 1 + size).CopyTo(name[length..]);
            length += 1 + size;
            position += 1 + size;
            if (size == 0)
            {
                offset = jumps == 0 ? position : offset;
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The length of an uncompressed name at the start of <paramref name="message"/>, or 0 when there is none: cut short, too long,
    /// or with a pointer.
    /// </summary>
    public static int Measure(ReadOnlySpan<byte> message)
    {
        var position = 0;
        while (position < message.Length && position < MaxLength)
        {
            var size = message[position];
            if (size > HostName.MaxLabelLength)
            {
                return 0;
            }

            position += 1 + size;
            if (size == 0)
            {
                return position <= MaxLength ? position : 0;
            }
        }

        return 0;
    }

    /// <summary>The canonical name, or null where the labels are no host name: a foreign byte, a dot inside a label, the root.</summary>
    /// <param name="name">The labels.</param>
    /// <param name="cache">Names that were read before; null for none.</param>
    public static HostName? ToHostName(ReadOnlySpan<byte> name, HostNameCache? cache = null)
    {
        if (name.Length is < 3 or > MaxLength)
        {
            return null;
        }

        Span<byte> text = stackalloc byte[MaxLength];
        var length = 0;
        for (var position = 0; name[position] != 0;)
        {
            var label = name.Slice(position + 1, name[position]);
            if (label.Contains((byte)'.'))
            {
                return null;
            }

            label.CopyTo(text[length..]);
            length += label.Length;
            text[length++] = (byte)'.';
            position += 1 + label.Length;
        }

        return HostName.TryParse(text[..length], cache, out var host) == HostNameSyntax.Valid ? host : null;
    }

    /// <summary>Writes a canonical name's labels, two bytes more than its letters, and returns their length.</summary>
    public static int Write(HostName host, Span<byte> name)
    {
        var text = host.Value;
        var start = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || text[i] == '.')
            {
                name[start] = (byte)(i - start);
                start = i + 1;
            }
            else
            {
                name[i + 1] = (byte)text[i];
            }
        }

        name[start] = 0;
        return text.Length + 2;
    }

    /// <summary>
    /// Compares without regard to the case of ASCII letters (RFC 4343). Length bytes are below 64 and so never taken for letters.
    /// </summary>
    public static bool AreEqual(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        for (var i = 0; i < left.Length; i++)
        {
            if (left[i] != right[i] && ToLower(left[i]) != ToLower(right[i]))
            {
                return false;
            }
        }

        return true;
    }

    internal static byte ToLower(byte value) => value is >= (byte)'A' and <= (byte)'Z' ? (byte)(value | 0x20) : value;
}
