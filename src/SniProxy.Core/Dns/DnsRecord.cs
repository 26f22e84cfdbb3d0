using SniProxy.Core.Addresses;

namespace SniProxy.Core.Dns;

/// <summary>One resource record of class IN, the names in its data uncompressed (RFC 1035 section 4.1.3).</summary>
/// <param name="Owner">Whom it is about.</param>
/// <param name="Type">What it tells.</param>
/// <param name="Ttl">Seconds it may be kept, at most 2³¹−1 (RFC 2181 section 8).</param>
/// <param name="Content">The data field.</param>
public sealed record DnsRecord(DnsName Owner, DnsType Type, uint Ttl, ReadOnlyMemory<byte> Content)
{
    public bool TryGetAddress(out Address address)
    {
        var isAddress = (Type, Content.Length) is (DnsType.A, 4) or (DnsType.Aaaa, 16);
        address = isAddress ? Address.FromBytes(Content.Span) : default;
        return isAddress;
    }

    /// <summary>Where a CNAME, DNAME or PTR leads; null for other types.</summary>
    public DnsName? Target => Type is DnsType.Cname or DnsType.Dname or DnsType.Ptr ? DnsName.From(Content.Span) : null;

    /// <summary>The record that gives a name an address of either family.</summary>
    public static DnsRecord ForAddress(DnsName owner, Address address, uint ttl)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.ToIPAddress().TryWriteBytes(bytes, out var written);
        return new DnsRecord(owner, address.IsIPv4 ? DnsType.A : DnsType.Aaaa, ttl, bytes[..written].ToArray());
    }
}
