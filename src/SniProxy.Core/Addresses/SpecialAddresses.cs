using System.Collections.Immutable;

namespace SniProxy.Core.Addresses;

/// <summary>
/// Tells ordinary addresses from those a firewall must not dial on anybody's word (IANA special-purpose registries, RFC 6890). An
/// IPv6 address that carries an IPv4 one is as dangerous as the worse of the two.
/// </summary>
public static class SpecialAddresses
{
    private static readonly ImmutableArray<Cidr> Never =
    [
        Block("0.0.0.0/8"), // RFC 1122 section 3.2.1.3
        Block("127.0.0.0/8"),
        Block("169.254.0.0/16"), // RFC 3927; cloud metadata services
        Block("168.63.129.16"), // Azure's wire server
        Block("224.0.0.0/4"), // RFC 5771
        Block("240.0.0.0/4"), // RFC 1112 section 4, limited broadcast included
        Block("::"),
        Block("::1"),
        Block("100::/64"), // RFC 6666
        Block("fe80::/10"),
        Block("ff00::/8"),
        Block("fd00:ec2::254"), // EC2's metadata service
        Block("fd20:ce::254"), // Compute Engine's metadata service
    ];

    private static readonly ImmutableArray<Cidr> Private =
    [
        Block("10.0.0.0/8"), // RFC 1918
        Block("172.16.0.0/12"),
        Block("192.168.0.0/16"),
        Block("100.64.0.0/10"), // RFC 6598
        Block("192.0.0.0/24"), // RFC 6890 section 2.1
        Block("198.18.0.0/15"), // RFC 2544
        Block("fc00::/7"), // RFC 4193
        Block("fec0::/10"), // site-local, given up by RFC 3879 and still configured in places
    ];

    private static readonly ImmutableArray<Cidr> NeverOfIPv4 = [.. Never.Where(block => block.IsIPv4)];
    private static readonly ImmutableArray<Cidr> NeverOfIPv6 = [.. Never.Where(block => !block.IsIPv4)];
    private static readonly ImmutableArray<Cidr> PrivateOfIPv4 = [.. Private.Where(block => block.IsIPv4)];
    private static readonly ImmutableArray<Cidr> PrivateOfIPv6 = [.. Private.Where(block => !block.IsIPv4)];

    // By its first byte most of what is dialled is ordinary, and needs no look at the ranges.
    private static readonly ImmutableArray<bool> FirstBytesOfIPv4 = FirstBytes(NeverOfIPv4, PrivateOfIPv4);

    public static AddressClass Classify(Address address)
    {
        var worst = ClassifyPlain(address);
        if (address.IsIPv4 || worst == AddressClass.Never)
        {
            return worst;
        }

        Span<Address> embedded = stackalloc Address[EmbeddedAddresses.MaxCount];
        foreach (var inner in embedded[..EmbeddedAddresses.Read(address, embedded)])
        {
            var innerClass = ClassifyPlain(inner);
            worst = innerClass < worst ? innerClass : worst;
        }

        return worst;
    }

    /// <summary>True for a block that holds addresses of one private range only; such an entry may lift the guard.</summary>
    public static bool IsWhollyPrivate(Cidr block)
    {
        foreach (var range in Private)
        {
            if (range.Contains(block))
            {
                return true;
            }
        }

        return EmbeddedAddresses.TryReadWellKnownPrefix(block, out var inner) && IsWhollyPrivate(inner);
    }

    /// <summary>The class of the address itself, whatever it may carry.</summary>
    internal static AddressClass ClassifyPlain(Address address) => address.IsIPv4
        ? !FirstBytesOfIPv4[(int)(address.IPv4Bits >> 24)] ? AddressClass.Ordinary : IsIn(NeverOfIPv4, address) ? AddressClass.Never : IsIn(PrivateOfIPv4, address) ? AddressClass.Private : AddressClass.Ordinary
        : IsIn(NeverOfIPv6, address) ? AddressClass.Never : IsIn(PrivateOfIPv6, address) ? AddressClass.Private : AddressClass.Ordinary;

    private static bool IsIn(ImmutableArray<Cidr> ranges, Address address)
    {
        foreach (var range in ranges)
        {
            if (range.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    private static ImmutableArray<bool> FirstBytes(params ImmutableArray<Cidr>[] ranges)
    {
        var found = new bool[256];
        foreach (var range in ranges.SelectMany(range => range))
        {
            for (var first = range.Network.IPv4Bits >> 24; first <= range.Last.IPv4Bits >> 24; first++)
            {
                found[first] = true;
            }
        }

        return [.. found];
    }

    private static Cidr Block(string text) => Cidr.TryParse(text, out var block) == CidrSyntax.Valid
        ? block
        : throw new FormatException(text);
}
