using System.Globalization;

namespace SniProxy.Core.Addresses;

/// <summary>
/// A block of addresses of one family (RFC 4632, RFC 4291 section 2.3). IPv4 is held mapped, yet families never mix: <c>::/0</c>
/// covers no IPv4 address. The default value is empty and contains nothing.
/// </summary>
public readonly struct Cidr : IEquatable<Cidr>
{
    private readonly Address network;
    private readonly Address mask;
    private readonly byte length;
    private readonly bool isDefined;

    private Cidr(Address network, int lengthOf128)
    {
        mask = Address.MaskOf(lengthOf128);
        this.network = network & mask;
        length = (byte)lengthOf128;
        IsIPv4 = network.IsIPv4;
        isDefined = true;
    }

    public bool IsIPv4 { get; }

    /// <summary>The first address of the block.</summary>
    public Address Network => network;

    /// <summary>The last address of the block.</summary>
    public Address Last => network | ~mask;

    /// <summary>The length of the prefix in the block's own family: 0 to 32, or 0 to 128.</summary>
    public int PrefixLength => IsIPv4 ? length - 96 : length;

    /// <summary>The block of one address.</summary>
    public static Cidr Of(Address address) => new(address, 128);

    /// <param name="address">Any address of the block.</param>
    /// <param name="prefixLength">In the family of the address.</param>
    /// <exception cref="ArgumentOutOfRangeException">The prefix is longer than the family's addresses.</exception>
    public static Cidr Of(Address address, int prefixLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(prefixLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefixLength, address.IsIPv4 ? 32 : 128);
        return new Cidr(address, address.IsIPv4 ? prefixLength + 96 : prefixLength);
    }

    /// <summary>
    /// Reads an address or a block. For <see cref="CidrSyntax.HostBits"/> and <see cref="CidrSyntax.Mapped"/> the block is the one that was
    /// probably meant, so that an error can print it.
    /// </summary>
    public static CidrSyntax TryParse(ReadOnlySpan<char> text, out Cidr block)
    {
        block = default;
        var slash = text.IndexOf('/');
        if (!Address.TryParse(slash < 0 ? text : text[..slash], out var address))
        {
            return CidrSyntax.Malformed;
        }

        if (slash < 0)
        {
            block = Of(address);
            return CidrSyntax.Valid;
        }

        var digits = text[(slash + 1)..];
        if (digits.Length is 0 or > 3 || digits.ContainsAnyExceptInRange('0', '9') || (digits.Length > 1 && digits[0] == '0'))
        {
            return CidrSyntax.Malformed;
        }

        return WithPrefix(address, int.Parse(digits, CultureInfo.InvariantCulture), text.Contains(':'), out block);
    }

    public bool Contains(Address address) => isDefined && (address & mask) == network && address.IsIPv4 == IsIPv4;

    /// <summary>True when every address of the other block is in this one.</summary>
    public bool Contains(Cidr other) => other.isDefined && other.length >= length && Contains(other.Network);

    public bool Equals(Cidr other) => network == other.network && length == other.length && isDefined == other.isDefined;

    public override bool Equals(object? obj) => obj is Cidr other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(network, length);

    public override string ToString() =>
        length == 128 ? Network.ToString() : string.Create(CultureInfo.InvariantCulture, $"{Network}/{PrefixLength}");

    public static bool operator ==(Cidr left, Cidr right) => left.Equals(right);

    public static bool operator !=(Cidr left, Cidr right) => !left.Equals(right);

    private static CidrSyntax WithPrefix(Address address, int prefixLength, bool writtenAsIPv6, out Cidr block)
    {
        block = default;
        if (prefixLength > (writtenAsIPv6 ? 128 : 32))
        {
            return CidrSyntax.PrefixTooLong;
        }

        if (writtenAsIPv6 && address.IsIPv4)
        {
            block = Of(address, Math.Max(0, prefixLength - 96));
            return prefixLength >= 96 ? CidrSyntax.Mapped : CidrSyntax.Malformed;
        }

        block = Of(address, prefixLength);
        return block.Network == address ? CidrSyntax.Valid : CidrSyntax.HostBits;
    }
}
