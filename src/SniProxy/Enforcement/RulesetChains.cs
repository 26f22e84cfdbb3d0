using System.Net.Sockets;

namespace SniProxy.Enforcement;

/// <summary>
/// The chains of the table, in the order in which a packet could otherwise leave: forward (closed), sources, intercept, rewrite, input.
/// Every chain lets packets of other interfaces go on at once.
/// </summary>
internal static class RulesetChains
{
    public const string InterfaceSet = "sandboxes";

    /// <summary>Nothing jumps to this chain; its comments remember what was set before, and go when the rules go.</summary>
    public const string FormerChain = "former";

    /// <summary>Stands where interception is by TPROXY, and only there.</summary>
    public const string UntrackedChain = "untracked";

    private const string NotOurs = "iifname != @sandboxes accept";

    // RFC 4861 section 4: the three that a host sends; advertisements and redirects are a router's, which no sandbox is.
    private const string Neighbours = "icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255";

    // What reaches sandboxes only in answer to the gateway's own connections, e.g. an orchestrator that speaks to an agent inside.
    private const string Answers = "ct state established ct direction reply accept";

    public static IReadOnlyList<RulesetChain> Of(RulesetOptions options)
    {
        var chains = new List<RulesetChain> { Forward(), Sources(options), Intercept(options), Rewrite(options), Input(options) };
        if (options.Interception == Interception.TProxy)
        {
            chains.Add(Untracked());
        }

        if (options.FormerSettings.Count > 0)
        {
            chains.Add(Former(options));
        }

        return chains;
    }

    // Default drop, first: TPROXY without a listener, and REDIRECT of a packet that belongs to no connection, fall through to here.
    private static RulesetChain Forward() => new RulesetChain("forward", "type filter hook forward priority -300", "drop")
        .Add("iifname != @sandboxes oifname != @sandboxes accept", "neither from nor to a sandbox; everything else is dropped");

    private static RulesetChain Sources(RulesetOptions options)
    {
        var chain = new RulesetChain("sources", "type filter hook prerouting priority -300", "accept")
            .Add(NotOurs, "other interfaces")
            .Add($"ip6 saddr {{ ::, fe80::/10 }} {Neighbours} accept", "neighbour discovery before and beside a global address")
            .Add("ip6 saddr { ::, fe80::/10 } drop", "link-local sources have no other use")
            .Add("ip daddr 127.0.0.0/8 drop", "loopback never comes over a wire")
            .Add("ip6 daddr ::1 drop", "nor does this one");
        foreach (var one in options.Interfaces.Where(one => one.Sources.Count > 0))
        {
            AddSources(chain, one, AddressFamily.InterNetwork);
            AddSources(chain, one, AddressFamily.InterNetworkV6);
        }

        // Strict reverse path: also the gateway's own addresses fail it, for which IPv6 has no check of its own.
        chain.Add("fib saddr . iif oif missing drop", "the source is not behind this interface");
        return AskerLimit.Add(chain, options).AddIf(
            options.Interception == Interception.TProxy,
            "meta l4proto tcp tcp dport != 53 fib daddr type != local notrack",
            "a transparent listener needs no connection tracking");
    }

    private static void AddSources(RulesetChain chain, SandboxInterface one, AddressFamily family)
    {
        var (protocol, keyword) = family == AddressFamily.InterNetwork ? ("ipv4", "ip") : ("ipv6", "ip6");
        var networks = one.Sources.Where(source => source.BaseAddress.AddressFamily == family).Select(source => source.ToString()).ToList();
        chain.Add(
            networks.Count == 0
                ? $"iifname \"{one.Name}\" meta nfproto {protocol} drop"
                : $"iifname \"{one.Name}\" {keyword} saddr != {{ {string.Join(", ", networks)} }} drop",
            $"sources of {one.Name}, {protocol}: {networks.Count}");
    }

    private static RulesetChain Intercept(RulesetOptions options)
    {
        var chain = new RulesetChain("intercept", "type filter hook prerouting priority -150", "accept")
            .Add(NotOurs, "other interfaces")
            .Add(Answers, "answers to the gateway's own connections");
        if (options.Interception == Interception.TProxy)
        {
            // Never a SYN: the lookup also finds transparent listeners, of whatever program, on ports that nobody may open.
            chain.Add(
                $"tcp flags & (syn | ack) != syn socket transparent 1 meta mark set 0x{options.Mark:x} accept",
                $"connections that the listener has, mark 0x{options.Mark:x}");
        }

        chain.Add("tcp dport 853 reject with tcp reset", "DNS over TLS (RFC 7858)")
            .Add("udp dport { 137, 853, 5353, 5355 } reject with icmpx type port-unreachable", "NetBIOS names, DNS over QUIC (RFC 9250), mDNS, LLMNR");
        if (options.DnsPort is not null)
        {
            chain.Add("meta l4proto { tcp, udp } th dport 53 accept", "rewritten below");
        }

        if (options.ExplicitPort is { } proxy)
        {
            chain.Add($"tcp dport {proxy} fib daddr type local accept", $"the explicit listener, port {proxy}");
        }

        chain.Add("meta l4proto tcp fib daddr type local tcp dport != 80 reject with tcp reset", "the gateway's own ports but that of egress.internal")
            .Add("meta l4proto tcp fib daddr type { broadcast, anycast, multicast } drop", "TCP has one peer");
        if (options.Interception == Interception.TProxy)
        {
            AddTransparent(chain, options);
        }
        else
        {
            chain.Add("meta l4proto tcp accept", "rewritten below");
        }

        return chain.Add("meta l4proto udp reject with icmpx type port-unreachable", "QUIC and all other UDP, refused at once")
            .Add("meta l4proto { icmp, icmpv6 } ct state related accept", "errors about connections that are being relayed")
            .Add("meta l4proto { icmp, icmpv6 } fib daddr type { local, multicast } accept", "judged at input")
            .Add("drop", "every other protocol");
    }

    private static void AddTransparent(RulesetChain chain, RulesetOptions options)
    {
        var target = $":{options.ListenerPort} meta mark set 0x{options.Mark:x} accept";
        chain.Add($"meta nfproto ipv4 meta l4proto tcp tproxy ip to {target}", $"TCP over IPv4 to {options.ListenerPort}")
            .Add($"meta nfproto ipv6 meta l4proto tcp tproxy ip6 to {target}", $"TCP over IPv6 to {options.ListenerPort}")
            .Add("meta l4proto tcp reject with tcp reset", "no listener: tproxy did not match")
            .AddIf(options.InspectsQuic, $"meta nfproto ipv4 udp dport 443 tproxy ip to {target}", $"QUIC over IPv4 to {options.ListenerPort}")
            .AddIf(options.InspectsQuic, $"meta nfproto ipv6 udp dport 443 tproxy ip6 to {target}", $"QUIC over IPv6 to {options.ListenerPort}");
    }

    // Ten before the usual priority: the first nat chain that rewrites a connection decides, and another program's must not.
    private static RulesetChain Rewrite(RulesetOptions options)
    {
        var chain = new RulesetChain("rewrite", "type nat hook prerouting priority -110", "accept").Add(NotOurs, "other interfaces");
        if (options.DnsPort is { } dns)
        {
            chain.Add($"meta l4proto {{ tcp, udp }} th dport 53 redirect to :{dns}", $"DNS, whatever server was meant, to {dns}");
        }

        if (options.ExplicitPort is { } proxy)
        {
            chain.Add($"tcp dport {proxy} fib daddr type local accept", $"the explicit listener, port {proxy}");
        }

        return chain.AddIf(
            options.Interception == Interception.Redirect,
            $"meta l4proto tcp redirect to :{options.ListenerPort}",
            $"all other TCP to {options.ListenerPort}");
    }

    private static RulesetChain Input(RulesetOptions options)
    {
        var chain = new RulesetChain("input", "type filter hook input priority 0", "accept")
            .Add(NotOurs, "other interfaces")
            .Add(Answers, "answers to the gateway's own connections");
        if (options.DnsPort is { } dns)
        {
            chain.Add($"meta l4proto {{ tcp, udp }} {Rewritten(53, dns)}th dport {dns} accept", $"the policy DNS, port {dns}");
        }

        if (options.Interception == Interception.Redirect)
        {
            chain.Add($"{Rewritten(80, options.ListenerPort)}tcp dport {options.ListenerPort} accept", $"the transparent listener, port {options.ListenerPort}");
        }
        else
        {
            chain.Add($"meta l4proto {{ tcp, udp }} meta mark 0x{options.Mark:x} accept", $"the transparent listener, mark 0x{options.Mark:x}");
        }

        if (options.ExplicitPort is { } proxy)
        {
            chain.Add($"tcp dport {proxy} fib daddr type local accept", $"the explicit listener, port {proxy}");
        }

        return chain.Add($"{Neighbours} accept", "neighbour discovery")
            .Add("meta l4proto { icmp, icmpv6 } ct state related accept", "errors about relayed connections")
            .Add("icmp type { destination-unreachable, time-exceeded, parameter-problem } accept", "errors about untracked ones, IPv4")
            .Add("icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept", "and IPv6")
            .Add("drop", "nothing else on the gateway is reachable");
    }

    // A connection that meant the gateway's own address and this very port is not rewritten, and carries no mark of it.
    private static string Rewritten(ushort meant, ushort port) => meant == port ? "" : "ct status dnat ";

    // The listener's answers carry the original destination as source, which is no address of the gateway.
    private static RulesetChain Untracked() => new RulesetChain(UntrackedChain, "type filter hook output priority -300", "accept")
        .Add("oifname @sandboxes meta l4proto tcp fib saddr type != local notrack", "the other half of what sources leaves untracked");

    private static RulesetChain Former(RulesetOptions options)
    {
        var chain = new RulesetChain(FormerChain, null, "");
        foreach (var setting in options.FormerSettings)
        {
            chain.Add("return", $"{setting.Key}={setting.Value}");
        }

        return chain;
    }
}
