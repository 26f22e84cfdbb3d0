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
        Span<byte> bytes = stackalloc byte[Bytes];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, First);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Second);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], Third);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[24..], Fourth);
        if (!Convert.TryToHexStringLower(bytes, digits, out _))
        {
            throw new ArgumentException("Too short for the digits of a hash.", nameof(digits));
        }
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
}
