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
    private const ulong MappedPrefix = 0x0000_ffff_0000_0000;

    public Address(UInt128 value) => Value = value;

    /// <summary>The address in network order, IPv4 as <c>::ffff:a.b.c.d</c>.</summary>
    public UInt128 Value { get; }

    public bool IsIPv4 => (ulong)(Value >> 64) == 0 && ((ulong)Value & 0xffff_ffff_0000_0000) == MappedPrefix;

    public bool IsUnspecified => Value == UInt128.Zero || Value == MappedPrefix;

    /// <summary>The 32 bits of an IPv4 address; meaningless for IPv6.</summary>
    public uint IPv4Bits => (uint)Value;

    public static Address FromIPv4(uint bits) => new(new UInt128(0, MappedPrefix | bits));

    public static Address From(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        return FromBytes(bytes[..written]);
    }

    /// <summary>Reads 4 or 16 bytes in network order.</summary>
    public static Address FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length == 4
        ? FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes))
        : new Address(BinaryPrimitives.ReadUInt128BigEndian(bytes));

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
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return new IPAddress(IsIPv4 ? bytes[12..] : bytes);
    }

    public bool Equals(Address other) => Value == other.Value;

    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Address other && Equals(other);

    public override int GetHashCode() => Value.GetHashCode();

    public int CompareTo(Address other) => Value.CompareTo(other.Value);

    public override string ToString() => ToIPAddress().ToString();

    public static bool operator ==(Address left, Address right) => left.Equals(right);

    public static bool operator !=(Address left, Address right) => !left.Equals(right);

    public static bool operator <(Address left, Address right) => left.Value < right.Value;

    public static bool operator <=(Address left, Address right) => left.Value <= right.Value;

    public static bool operator >(Address left, Address right) => left.Value > right.Value;

    public static bool operator >=(Address left, Address right) => left.Value >= right.Value;

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
