using SniProxy.Core.Names;

namespace SniProxy.Core.Dns;

/// <summary>
/// The part of an answer that follows from the question: aliases (CNAME, RFC 1034 section 3.6.2; DNAME, RFC 6672) from name to name,
/// and the records of the wanted type at the last one. Whatever else stood in the answer section is dropped.
/// </summary>
public sealed class AnswerChain
{
    public const int MaxHops = 8;

    private AnswerChain(IReadOnlyList<DnsRecord> records, IReadOnlyList<HostName> hops)
    {
        Records = records;
        Hops = hops;
    }

    /// <summary>Aliases in the order they are followed, then the records of the wanted type, if there are any.</summary>
    public IReadOnlyList<DnsRecord> Records { get; }

    /// <summary>The names that the aliases lead over, without the question's own.</summary>
    public IReadOnlyList<HostName> Hops { get; }

    public static ChainStatus Follow(HostName question, DnsType type, IReadOnlyList<DnsRecord> answers, out AnswerChain? chain)
    {
        chain = null;
        var records = new List<DnsRecord>(answers.Count);
        var visited = new List<DnsName>(1) { DnsName.From(question) };
        var hops = new List<HostName>();
        while (true)
        {
            var current = visited[^1];
            var before = records.Count;
            AddAt(current, type, answers, records);
            if (records.Count > before)
            {
                break;
            }

            if (!TryFindAlias(current, answers, records, out var target))
            {
                return ChainStatus.Broken;
            }

            if (target is null)
            {
                break;
            }

            var hop = target.ToHostName();
            if (hop is null || hops.Count == MaxHops || visited.Contains(target))
            {
                return ChainStatus.Broken;
            }

            visited.Add(target);
            hops.Add(hop);
        }

        chain = new AnswerChain(records, hops);
        return ChainStatus.Complete;
    }

    private static void AddAt(DnsName owner, DnsType type, IReadOnlyList<DnsRecord> answers, List<DnsRecord> records)
    {
        foreach (var record in answers)
        {
            if (record.Type == type && record.Owner.Equals(owner))
            {
                records.Add(record);
            }
        }
    }

    // False when the aliases of a name contradict each other; no target when it has none.
    private static bool TryFindAlias(DnsName current, IReadOnlyList<DnsRecord> answers, List<DnsRecord> records, out DnsName? target)
    {
        target = null;
        DnsRecord? alias = null;
        DnsRecord? redirection = null;
        foreach (var record in answers)
        {
            if (record.Type == DnsType.Cname && record.Owner.Equals(current))
            {
                if (alias is not null && !WireName.AreEqual(alias.Content.Span, record.Content.Span))
                {
                    return false;
                }

                alias ??= record;
            }
            else if (redirection is null && record.Type == DnsType.Dname && current.IsBelow(record.Owner))
            {
                redirection = record;
            }
        }

        if (redirection is not null && !TrySubstitute(current, redirection, ref alias))
        {
            return false;
        }

        if (redirection is not null)
        {
            records.Add(redirection);
        }

        if (alias is not null)
        {
            records.Add(alias);
            target = alias.Target;
        }

        return true;
    }

    // A DNAME comes with the CNAME that follows from it (RFC 6672 section 3.1); one that says something else is a forgery, and a
    // missing one is made here, because clients do not know DNAME.
    private static bool TrySubstitute(DnsName current, DnsRecord redirection, ref DnsRecord? alias)
    {
        var substituted = redirection.Target is { } target ? current.Substitute(redirection.Owner, target) : null;
        if (substituted is null || (alias is not null && !WireName.AreEqual(alias.Content.Span, substituted.Wire)))
        {
            return false;
        }

        alias ??= new DnsRecord(current, DnsType.Cname, redirection.Ttl, substituted.Wire.ToArray());
        return true;
    }
}
