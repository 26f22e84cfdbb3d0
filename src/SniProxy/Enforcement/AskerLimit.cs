namespace SniProxy.Enforcement;

/// <summary>
/// How often one source may ask over UDP before what comes beyond is dropped: where nothing was tracked, rewritten or queued yet, a flood costs
/// least, and its questions do not stand before anybody else's. Each source has a limit of its own. The kernel counts what it dropped.
/// </summary>
internal static class AskerLimit
{
    private const string CommentStart = "more than ";

    // All of them are listed with the rules when these are looked at: a sandbox that writes any source of its network must not make that slow.
    private const int MostAskers = 8192;

    private static readonly (string Set, string Type, string Source)[] Families = [("askers4", "ipv4_addr", "ip saddr"), ("askers6", "ipv6_addr", "ip6 saddr")];

    /// <summary>The sets that the rules count in. When there is no room for another source it is not limited here, and the appliance refuses what is too much.</summary>
    public static IEnumerable<string> Sets(RulesetOptions options)
    {
        foreach (var (set, type, _) in RateOf(options) is null ? [] : Families)
        {
            foreach (var line in (string[])["", $"    set {set} {{", $"        type {type}", $"        size {MostAskers}", "        flags dynamic,timeout", "        timeout 10s", "    }"])
            {
                yield return line;
            }
        }
    }

    // A tenth of a second's worth at once is more than resolvers ask for one page, and less than anybody would notice having to wait for.
    public static RulesetChain Add(RulesetChain chain, RulesetOptions options)
    {
        if (RateOf(options) is not { } rate)
        {
            return chain;
        }

        foreach (var (set, _, source) in Families)
        {
            chain.Add(
                $"udp dport 53 update @{set} {{ {source} limit rate over {rate}/second burst {Math.Max(rate / 10, 1)} packets }} counter drop",
                $"{CommentStart}{rate} questions a second of one source, {source}");
        }

        return chain;
    }

    /// <summary>Whether a rule that stands in the kernel is one of these, by its comment.</summary>
    public static bool Wrote(string comment) => comment.StartsWith(CommentStart, StringComparison.Ordinal);

    private static int? RateOf(RulesetOptions options) => options.DnsPort is null ? null : options.DnsDatagramsPerSecond;
}
