using SniProxy.Core.Addresses;
using SniProxy.Core.Dns;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;
using SniProxy.Resolutions;

namespace SniProxy.Dns;

/// <summary>What a sandbox gets of the records that carry addresses, and of the aliases that lead to them.</summary>
internal static class AddressFilter
{
    /// <summary>
    /// The records without the addresses that may not be answered, those that may, and their longest TTL; no records when no address is left.
    /// </summary>
    public static (IReadOnlyList<DnsRecord> Records, Address[] Addresses, uint Ttl) Filter(UpstreamAnswer answer, in Judge judge, HostName name)
    {
        if (MayAnswerAll(answer.Addresses, judge, name))
        {
            return (answer.Records, answer.Addresses, answer.LongestTtl);
        }

        var addresses = new List<Address>(answer.Records.Count);
        var records = new List<DnsRecord>(answer.Records.Count);
        var ttl = 1u;
        foreach (var record in answer.Records)
        {
            if (!record.TryGetAddress(out var address))
            {
                records.Add(record);
            }
            else if (judge.MayAnswer(name, address))
            {
                records.Add(record);
                addresses.Add(address);
                ttl = Math.Max(ttl, Math.Min(record.Ttl, DnsReply.MaxTtl));
            }
        }

        return addresses.Count == 0 ? ([], [], ttl) : (records, [.. addresses], ttl);
    }

    private static bool MayAnswerAll(Address[] addresses, in Judge judge, HostName name)
    {
        foreach (var address in addresses)
        {
            if (!judge.MayAnswer(name, address))
            {
                return false;
            }
        }

        return true;
    }
}
