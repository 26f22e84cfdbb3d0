namespace SniProxy.Core.Dns;

public static class DnsTypeNames
{
    /// <summary>The mnemonic, such as <c>AAAA</c>; <c>TYPE65280</c> where there is none (RFC 3597 section 5).</summary>
    public static string Mnemonic(this DnsType type) => type switch
    {
        DnsType.A => "A",
        DnsType.Ns => "NS",
        DnsType.Cname => "CNAME",
        DnsType.Soa => "SOA",
        DnsType.Null => "NULL",
        DnsType.Ptr => "PTR",
        DnsType.Hinfo => "HINFO",
        DnsType.Mx => "MX",
        DnsType.Txt => "TXT",
        DnsType.Aaaa => "AAAA",
        DnsType.Srv => "SRV",
        DnsType.Naptr => "NAPTR",
        DnsType.Dname => "DNAME",
        DnsType.Opt => "OPT",
        DnsType.Svcb => "SVCB",
        DnsType.Https => "HTTPS",
        DnsType.Ixfr => "IXFR",
        DnsType.Axfr => "AXFR",
        DnsType.Any => "ANY",
        DnsType.Caa => "CAA",
        _ => $"TYPE{(ushort)type}",
    };

    /// <summary>The mnemonic of a known type and <c>other</c> for the rest: a bounded set, fit for a metric's label.</summary>
    public static string Label(this DnsType type) => Enum.IsDefined(type) && type != DnsType.None ? type.Mnemonic() : "other";
}
