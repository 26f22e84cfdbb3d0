using SniProxy.Core.Dns;

namespace SniProxy.Resolutions;

/// <summary>How long what was learned holds.</summary>
internal static class Lifetimes
{
    /// <summary>Not even TTL 0 asks for a question by every connection of the same second.</summary>
    private const uint MinSeconds = 1;

    /// <summary>A record is asked for anew at least hourly, whatever its owner says.</summary>
    private const uint MaxPositiveSeconds = 3600;

    private const uint MaxNegativeSeconds = 60;

    /// <summary>A failure is remembered only to spare the servers a storm of the same question (RFC 2308 section 7.1 allows 5 minutes).</summary>
    public static readonly TimeSpan Failure = TimeSpan.FromSeconds(1);

    public static TimeSpan OfRecords(IReadOnlyList<DnsRecord> records)
    {
        var ttl = MaxPositiveSeconds;
        foreach (var record in records)
        {
            ttl = Math.Min(ttl, record.Ttl);
        }

        return TimeSpan.FromSeconds(Math.Max(ttl, MinSeconds));
    }

    /// <summary>RFC 2308 section 5; without a SOA (0 here) there is next to no lifetime.</summary>
    public static TimeSpan OfNegative(uint ttl) => TimeSpan.FromSeconds(Math.Clamp(ttl, MinSeconds, MaxNegativeSeconds));
}
