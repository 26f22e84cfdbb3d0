using SniProxy.Core.Addresses;
using SniProxy.Core.Dns;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;

namespace SniProxy.Dns;

/// <summary>
/// What a sandbox gets of HTTPS and SVCB records where its policy has <c>ech: allow</c>: the records as they are, without the address hints
/// that the guard forbids. The hints that are left are learned like the addresses of an answer.
/// </summary>
internal sealed class BindingFilter
{
    private readonly List<DnsRecord> records = [];
    private readonly List<Address> hints = [];
    private readonly List<HostName> targets = [];

    private BindingFilter()
    {
    }

    public IReadOnlyList<DnsRecord> Records => records;

    public IReadOnlyList<Address> Hints => hints;

    /// <summary>Where they lead, as aliases do.</summary>
    public IReadOnlyList<HostName> Targets => targets;

    /// <summary>The longest TTL, as clients are told.</summary>
    public uint Ttl { get; private set; } = 1;

    /// <summary>Null where one of the records is malformed: all of them are dropped then (RFC 9460 section 2.2).</summary>
    public static BindingFilter? Filter(IReadOnlyList<DnsRecord> answer, Judge judge, HostName name)
    {
        var filter = new BindingFilter();
        foreach (var record in answer)
        {
            if (record.Type is not (DnsType.Https or DnsType.Svcb))
            {
                filter.records.Add(record);
            }
            else if (ServiceBinding.Read(record.Content) is { } binding)
            {
                filter.Add(record, binding, judge, name);
            }
            else
            {
                return null;
            }
        }

        return filter;
    }

    private void Add(DnsRecord record, ServiceBinding binding, Judge judge, HostName name)
    {
        Address[] kept = [.. binding.Hints.Where(hint => judge.MayAnswer(name, hint))];
        if (binding.With(kept) is not { } content)
        {
            return;
        }

        records.Add(record with { Content = content });
        hints.AddRange(kept);
        Ttl = Math.Max(Ttl, Math.Min(record.Ttl, DnsReply.MaxTtl));
        if (binding.Target.ToHostName() is { } target)
        {
            targets.Add(target);
        }
    }
}
