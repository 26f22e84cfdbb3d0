using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace SniProxy.Events;

/// <summary>A SHA-256 as a value: a line knows the one before it without a string.</summary>
internal readonly record struct ChainHash(ulong First, ulong Second, ulong Third, ulong Fourth)
{
    /// <summary>Hexadecimal digits of a hash.</summary>
    public const int Digits = 2 * Bytes;

    private const int Bytes = SHA256.HashSizeInBytes;

    public static ChainHash From(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64BigEndian(bytes),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
        BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]));

    /// <summary>Writes <see cref="Digits"/> of them, in lower case.</summary>
    public void Format(Span<byte> digits)
    {
        Format((uint)(First >> 32), digits);
        Format((uint)First, digits[8..]);
        Format((uint)(Second >> 32), digits[16..]);
        Format((uint)Second, digits[24..]);
        Format((uint)(Third >> 32), digits[32..]);
        Format((uint)Third, digits[40..]);
        Format((uint)(Fourth >> 32), digits[48..]);
        Format((uint)Fourth, digits[56..]);
    }

    /// <summary>These are its digits, in lower case.</summary>
    public bool IsWrittenAs(ReadOnlySpan<byte> digits)
    {
        Span<byte> own = stackalloc byte[Digits];
        Format(own);
        return own.SequenceEqual(digits);
    }

    public override string ToString()
    {
        Span<byte> digits = stackalloc byte[Digits];
        Format(digits);
        return Encoding.ASCII.GetString(digits);
    }

    // Eight digits at once, each in a byte of its own: half of what telling a hash took was the runtime's way to them.
    private static void Format(uint part, Span<byte> digits)
    {
        var nibbles = ((ulong)(part & 0xffff0000) << 16) | (part & 0x0000ffff);
        nibbles = ((nibbles & 0x0000ff000000ff00) << 8) | (nibbles & 0x000000ff000000ff);
        nibbles = ((nibbles & 0x00f000f000f000f0) << 4) | (nibbles & 0x000f000f000f000f);

        // Above nine the letters begin, so many places further on.
        var letters = ((nibbles + 0x0606060606060606) >> 4) & 0x0101010101010101;
        BinaryPrimitives.WriteUInt64BigEndian(digits, nibbles + 0x3030303030303030 + (letters * ('a' - '9' - 1)));
    }
}
