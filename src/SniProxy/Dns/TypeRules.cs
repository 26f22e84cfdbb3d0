using SniProxy.Core.Dns;

namespace SniProxy.Dns;

/// <summary>Which types are answered.</summary>
internal static class TypeRules
{
    public static TypeTreatment Of(DnsType type, bool isStrict) => type switch
    {
        DnsType.A or DnsType.Aaaa => TypeTreatment.Forward,
        DnsType.Ptr => TypeTreatment.FromMap,

        // A client that gets none of these falls back to addresses (RFC 9460 section 3), and keeps a server name that can be read.
        DnsType.Https or DnsType.Svcb => TypeTreatment.NoData,
        DnsType.Any => isStrict ? TypeTreatment.Refuse : TypeTreatment.Minimal,
        DnsType.Null => TypeTreatment.Refuse,
        DnsType.Txt or DnsType.Mx or DnsType.Srv or DnsType.Caa or DnsType.Naptr or DnsType.Soa or DnsType.Ns when !isStrict => TypeTreatment.Forward,
        _ => IsMeta(type) ? TypeTreatment.Refuse : TypeTreatment.NoData,
    };

    /// <summary>True where shadow and observe pass on what enforce answers with nothing; address hints need learning first, so not for HTTPS and SVCB.</summary>
    public static bool MayPassSoftly(DnsType type) => type is not (DnsType.Https or DnsType.Svcb);

    // Q- and meta-types (RFC 6895 section 3.1), transfers among them, are no records that a resolver could be asked for.
    private static bool IsMeta(DnsType type) => type is DnsType.Opt or DnsType.None or (>= (DnsType)128 and <= (DnsType)255);
}
