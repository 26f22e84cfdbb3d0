using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies.Lint;

/// <summary>Whether an entry matches everything that a later one does. In doubt it does not: lint would rather be silent than wrong.</summary>
internal static class EntryCover
{
    public static bool Covers(RuleEntry early, RuleEntry late) =>
        CoversSubject(early, late)
        && !MeansMore(early, late)
        && late.Ports.Ranges.ToArray().All(range => Contains(early.Ports, range))
        && CoversProtocol(early, late);

    /// <summary>
    /// Whether an entry that lets pass comes before a denial of the same or less. The denial is left with the ports and protocols that the
    /// earlier entry does not name, which is seldom what was meant by writing none.
    /// </summary>
    public static bool Preempts(RuleEntry early, RuleEntry late) =>
        early.Decision != Decision.Deny && late.Decision == Decision.Deny && late.IsWholesale && CoversSubject(early, late);

    // A denial of an IPv4 address is also one of the IPv6 addresses that lead to it, of which an entry that lets pass says nothing.
    private static bool MeansMore(RuleEntry early, RuleEntry late) =>
        late is { Decision: Decision.Deny, Kind: EntryKind.Address, Block.IsIPv4: true } && early.Decision != Decision.Deny;

    private static bool CoversSubject(RuleEntry early, RuleEntry late) => early.Kind switch
    {
        // In an allow rule "any" is about readable names on 80 and 443, which a name's entry on these ports is about as well.
        EntryKind.Any => early.Decision == Decision.Deny || late.Kind == EntryKind.Any || (late.Kind == EntryKind.Name && (IsWeb(late) || late.Decision == Decision.Deny)),
        EntryKind.Address => late.Kind == EntryKind.Address && early.Block.Contains(late.Block),
        _ => late.Kind == EntryKind.Name && early.Pattern is not null && late.Pattern is not null && PatternCover.Covers(early.Pattern, late.Pattern),
    };

    private static bool IsWeb(RuleEntry entry) =>
        entry.Scheme is EntryScheme.Plain or EntryScheme.Tls or EntryScheme.Http && entry.Ports.Ranges.ToArray().All(range => range.First == range.Last && range.First is 80 or 443);

    private static bool CoversProtocol(RuleEntry early, RuleEntry late)
    {
        if (early.Scheme == late.Scheme)
        {
            // What lets plain bytes pass keeps 443 for TLS; what denies them does not.
            return early.Scheme != EntryScheme.Plain || early.Decision == Decision.Deny || late.Decision != Decision.Deny || !IsPinned(late.Ports);
        }

        return early.Scheme switch
        {
            EntryScheme.Plain => early.Decision == Decision.Deny || late.Scheme switch
            {
                EntryScheme.Quic => false,
                EntryScheme.Tls => true,
                EntryScheme.Http => !late.Ports.Contains(443),
                _ => !IsPinned(late.Ports),
            },
            // A plain entry may cover QUIC beside TCP.
            EntryScheme.Tcp => late.Scheme != EntryScheme.Quic && (late.Scheme != EntryScheme.Plain || (late.Decision == Decision.Allow && !late.Ports.Contains(443))),
            _ => false,
        };
    }

    private static bool IsPinned(PortSet ports) => ports.Contains(80) || ports.Contains(443);

    private static bool Contains(PortSet ports, PortRange range)
    {
        foreach (var own in ports.Ranges)
        {
            if (own.First <= range.First && own.Last >= range.Last)
            {
                return true;
            }
        }

        return false;
    }
}
