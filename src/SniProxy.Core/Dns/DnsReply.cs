namespace SniProxy.Core.Dns;

/// <summary>What a client is told. The default value is a reply without an answer, a reason or a lifetime.</summary>
public readonly record struct DnsReply
{
    /// <summary>The longest time a client may keep an answer, in seconds, so that a change of policy is seen soon.</summary>
    public const uint MaxTtl = 60;

    /// <summary>The longest extra text of an extended error.</summary>
    public const int MaxErrorText = 128;

    public DnsRcode Rcode { get; init; }

    public IReadOnlyList<DnsRecord>? Answers { get; init; }

    /// <summary>Seconds that the answers have been in the cache already.</summary>
    public uint Age { get; init; }

    /// <summary>Seconds that a negative answer may be kept; null writes no SOA.</summary>
    public uint? NegativeTtl { get; init; }

    public ExtendedError? Error { get; init; }
}
