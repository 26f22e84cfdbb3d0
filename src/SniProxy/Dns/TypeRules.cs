using SniProxy.Core.Dns;
using SniProxy.Core.Policies;

namespace SniProxy.Dns;

/// <summary>Which types are answered.</summary>
internal static class TypeRules
{
    // RFC 6895 section 3.1.
    private const DnsType FirstPrivate = (DnsType)65280;
    private const DnsType LastPrivate = (DnsType)65534;

    /// <param name="type">The type.</param>
    /// <param name="isStrict">Whether strict mode is on.</param>
    /// <param name="ech">What the policy says about Encrypted ClientHello, whose keys come in HTTPS and SVCB records.</param>
    public static TypeTreatment Of(DnsType type, bool isStrict, EchHandling ech) => type switch
    {
        DnsType.A or DnsType.Aaaa => TypeTreatment.Forward,

        // For what was not learned here; see ReverseName.
        DnsType.Ptr => isStrict ? TypeTreatment.NoData : TypeTreatment.Forward,

        // A client that gets none of these falls back to addresses (RFC 9460 section 3), and keeps a server name that can be read.
        DnsType.Https or DnsType.Svcb => isStrict || ech != EchHandling.Allow ? TypeTreatment.NoData : TypeTreatment.Forward,
        DnsType.Any => isStrict ? TypeTreatment.Refuse : TypeTreatment.Minimal,
        DnsType.Null => TypeTreatment.Refuse,
        DnsType.Txt or DnsType.Mx or DnsType.Srv or DnsType.Caa or DnsType.Naptr or DnsType.Soa or DnsType.Ns when !isStrict => TypeTreatment.Forward,
        _ => IsMeta(type) ? TypeTreatment.Refuse : TypeTreatment.NoData,
    };

    /// <summary>True for types whose records carry data and nothing that a program needs; a question for one under a wildcard is the mark of a tunnel.</summary>
    public static bool IsCarrier(DnsType type) => type is DnsType.Null or DnsType.Cname or (>= FirstPrivate and <= LastPrivate);

    /// <summary>True where shadow and observe pass on what enforce answers with nothing; address hints need learning first, so not for HTTPS and SVCB.</summary>
    public static bool MayPassSoftly(DnsType type) => type is not (DnsType.Https or DnsType.Svcb);

    // Q- and meta-types (RFC 6895 section 3.1), transfers among them, are no records that a resolver could be asked for.
    private static bool IsMeta(DnsType type) => type is DnsType.Opt or DnsType.None or (>= (DnsType)128 and <= (DnsType)255);
}
