using SniProxy.Core.Addresses;
using SniProxy.Core.Dns;
using SniProxy.Core.Names;

namespace SniProxy.Resolutions;

/// <summary>What the name servers said about one name and type: only records that follow from the question; immutable and shared.</summary>
internal sealed record UpstreamAnswer(ResolutionStatus Status)
{
    // A record, its data's array and its place in the list.
    private const int RecordOverhead = 112;

    /// <summary>Aliases, then the records of the type asked for; aliases may stand here without such records.</summary>
    public IReadOnlyList<DnsRecord> Records
    {
        get;
        init
        {
            field = value;
            Addresses = [.. AddressesOf(value)];
            LongestTtl = value.Where(record => record.TryGetAddress(out _)).Select(record => Math.Min(record.Ttl, DnsReply.MaxTtl)).Append(1u).Max();
        }
    } = [];

    /// <summary>Those of the records, in their order.</summary>
    public Address[] Addresses { get; private init; } = [];

    /// <summary>The longest time that a client keeps one of them, at least a second.</summary>
    public uint LongestTtl { get; private init; } = 1;

    /// <summary>The names that the aliases lead over.</summary>
    public IReadOnlyList<HostName> Hops { get; init; } = [];

    /// <summary>How long it may be kept, counted from <see cref="At"/>: of records the smallest TTL, of a "no" what its SOA says; already clamped.</summary>
    public TimeSpan Lifetime { get; init; }

    /// <summary>When it came: a timestamp of the resolver's clock.</summary>
    public long At { get; init; }

    /// <summary>About how many KiB it takes to keep, at least one: who answers decides how much that is.</summary>
    public int Weight => 1 + Records.Sum(record => RecordOverhead + record.Content.Length) / 1024;

    private static IEnumerable<Address> AddressesOf(IReadOnlyList<DnsRecord> records)
    {
        foreach (var record in records)
        {
            if (record.TryGetAddress(out var address))
            {
                yield return address;
            }
        }
    }
}
