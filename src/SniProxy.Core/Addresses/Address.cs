using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace SniProxy.Core.Addresses;

/// <summary>
/// An IPv4 or IPv6 address as one 128-bit number, IPv4 in its mapped form (RFC 4291 section 2.5.5.2): both families take the
/// same path, and <c>::ffff:10.0.0.1</c> cannot be told from <c>10.0.0.1</c>. Zone identifiers do not exist here.
/// The zero value is the unspecified address, which is never dialled.
/// </summary>
public readonly struct Address : IEquatable<Address>, IComparable<Address>
{
    /// <summary>Letters of the longest one.</summary>
    public const int MaxLength = 45;

    private const ulong MappedPrefix = 0x0000_ffff_0000_0000;

    // Two halves rather than one UInt128: nothing that holds one of those is compiled ahead of time.
    private readonly ulong high;
    private readonly ulong low;

    public Address(UInt128 value)
        : this((ulong)(value >> 64), (ulong)value)
    {
    }

    private Address(ulong high, ulong low)
    {
        this.high = high;
        this.low = low;
    }

    /// <summary>The address in network order, IPv4 as <c>::ffff:a.b.c.d</c>.</summary>
    public UInt128 Value => new(high, low);

    public bool IsIPv4 => high == 0 && (low & 0xffff_ffff_0000_0000) == MappedPrefix;

    /// <summary>Of use on one link only (RFC 4291 section 2.5.6): fe80::/10.</summary>
    public bool IsIPv6LinkLocal => high >> 54 == 0xfe80 >> 6;

    /// <summary>127.0.0.0/8 (RFC 1122 section 3.2.1.3) or ::1 (RFC 4291 section 2.5.3).</summary>
    public bool IsLoopback => IsIPv4 ? (uint)low >> 24 == 127 : high == 0 && low == 1;

    public bool IsUnspecified => high == 0 && (low is 0 or MappedPrefix);

    /// <summary>The 32 bits of an IPv4 address; meaningless for IPv6.</summary>
    public uint IPv4Bits => (uint)low;

    public static Address FromIPv4(uint bits) => new(0, MappedPrefix | bits);

    public static Address From(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        return FromBytes(bytes[..written]);
    }

    /// <summary>Reads 4 or 16 bytes in network order.</summary>
    public static Address FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length == 4
        ? FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes))
        : new Address(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));

    /// <summary>
    /// Reads the usual written forms only: four decimal parts, or RFC 4291 section 2.2. Octal, hexadecimal, short IPv4 forms and zone
    /// identifiers are refused, because programs disagree about what they mean.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Address address)
    {
        address = default;
        if (text.Contains(':'))
        {
            if (text.ContainsAny("%[]/") || !IPAddress.TryParse(text, out var parsed) || parsed.AddressFamily != AddressFamily.InterNetworkV6)
            {
                return false;
            }

            address = From(parsed);
            return true;
        }

        return TryParseIPv4(text, out address);
    }

    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, high);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], low);
        return new IPAddress(IsIPv4 ? bytes[12..] : bytes);
    }

    /// <summary>Writes what <see cref="ToString"/> says, in ASCII.</summary>
    /// <param name="ascii">Room for <see cref="MaxLength"/>.</param>
    /// <returns>The bytes that were written.</returns>
    public int Format(Span<byte> ascii)
    {
        if (!IsIPv4)
        {
            return IPv6Text.Format(high, low, ascii);
        }

        var length = 0;
        for (var shift = 24; shift >= 0; shift -= 8)
        {
            var octet = (int)(byte)(low >> shift);
            if (octet >= 100)
            {
                ascii[length++] = (byte)('0' + (octet / 100));
            }

            if (octet >= 10)
            {
                ascii[length++] = (byte)('0' + (octet / 10 % 10));
            }

            ascii[length++] = (byte)('0' + (octet % 10));
            if (shift > 0)
            {
                ascii[length++] = (byte)'.';
            }
        }

        return length;
    }

    public bool Equals(Address other) => high == other.high && low == other.low;

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Address other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(high, low);

    public int CompareTo(Address other) => high == other.high ? low.CompareTo(other.low) : high.CompareTo(other.high);

    public override string ToString() => ToIPAddress().ToString();

    /// <summary>What of the address a mask leaves.</summary>
    public static Address operator &(Address left, Address right) => new(left.high & right.high, left.low & right.low);

    /// <summary>The address with the bits set that a mask lacks.</summary>
    public static Address operator |(Address left, Address right) => new(left.high | right.high, left.low | right.low);

    public static Address operator ~(Address mask) => new(~mask.high, ~mask.low);

    /// <summary>The mask of a prefix of 0 to 128 bits.</summary>
    internal static Address MaskOf(int length) => length <= 64
        ? new Address(length == 0 ? 0 : ulong.MaxValue << (64 - length), 0)
        : new Address(ulong.MaxValue, ulong.MaxValue << (128 - length));

    public static bool operator ==(Address left, Address right) => left.Equals(right);

    public static bool operator !=(Address left, Address right) => !left.Equals(right);

    public static bool operator <(Address left, Address right) => left.CompareTo(right) < 0;

    public static bool operator <=(Address left, Address right) => left.CompareTo(right) <= 0;

    public static bool operator >(Address left, Address right) => left.CompareTo(right) > 0;

    public static bool operator >=(Address left, Address right) => left.CompareTo(right) >= 0;

    private static bool TryParseIPv4(ReadOnlySpan<char> text, out Address address)
    {
        address = default;
        uint bits = 0;
        var parts = 0;
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            if (++parts > 4 || part.Length is 0 or > 3 || (part.Length > 1 && part[0] == '0') || part.ContainsAnyExceptInRange('0', '9'))
            {
                return false;
            }

            var octet = uint.Parse(part);
            if (octet > 255)
            {
                return false;
            }

            bits = bits << 8 | octet;
        }

        if (parts != 4)
        {
            return false;
        }

        address = FromIPv4(bits);
        return true;
    }
}
