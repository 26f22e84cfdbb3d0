using System.Net.Sockets;
using System.Text;

namespace SniProxy.Enforcement;

/// <summary>
/// Writes what makes the appliance the only way out of some interfaces: one nftables table, and routing rules. Pure; <see cref="Rules"/>
/// puts it into a kernel. The routing rules forbid what the table let go by mistake, and what comes after someone flushed it.
/// </summary>
internal static class Ruleset
{
    /// <summary>A transaction that leaves exactly this table, whether there was one before or not.</summary>
    /// <exception cref="ArgumentException">The options have errors.</exception>
    public static string Nftables(RulesetOptions options)
    {
        Demand(options);
        var text = new StringBuilder();
        Line(text, $"table inet {options.Table}");
        Line(text, $"delete table inet {options.Table}");
        Line(text, $"table inet {options.Table} {{");
        Line(text, $"    set {RulesetChains.InterfaceSet} {{");
        Line(text, "        type ifname");
        Line(text, $"        elements = {{ {string.Join(", ", options.Interfaces.Select(one => $"\"{one.Name}\""))} }}");
        Line(text, "    }");
        AskerLimit.Sets(options).ToList().ForEach(line => Line(text, line));
        foreach (var chain in RulesetChains.Of(options))
        {
            Line(text, "");
            chain.Lines().ToList().ForEach(line => Line(text, line));
        }

        Line(text, "}");
        return text.ToString();
    }

    /// <summary>The routing rules, as arguments of <c>ip</c>; adding one that is there already fails with "File exists".</summary>
    /// <exception cref="ArgumentException">The options have errors.</exception>
    public static IReadOnlyList<string[]> IpCommands(RulesetOptions options)
    {
        Demand(options);
        return [.. Families().SelectMany(family => IpCommands(options, family))];
    }

    /// <summary>The command that takes back one of <see cref="IpCommands(RulesetOptions)"/>.</summary>
    public static string[] Undo(string[] command) => [.. command.Select(word => word is "add" or "replace" ? "del" : word)];

    /// <summary>Kernel settings, by path below /proc/sys, with the value that the rules need.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Settings { get; } =
    [
        // One port-unreachable a second and peer is the kernel's default; the rest would be swallowed and clients would wait.
        new("net/ipv4/icmp_ratelimit", "0"),
        new("net/ipv6/icmp/ratelimit", "0"),

        // Without the bit of "destination unreachable" (3, in ICMPv6 1) the limit on all messages of the host, 50 at once, leaves them alone too.
        new("net/ipv4/icmp_ratemask", "6160"),
        new("net/ipv6/icmp/ratemask", "0,3-127"),
    ];

    /// <summary>All of it for a person to read, and to hand to <c>nft -f -</c>: what nft does not do stands in comments.</summary>
    public static string Script(RulesetOptions options)
    {
        var text = new StringBuilder();
        Line(text, "# Makes the appliance the only way out of the interfaces below. `sniproxy rules --apply` also does these:");
        IpCommands(options).ToList().ForEach(command => Line(text, $"#   ip {string.Join(' ', command)}"));
        Settings.ToList().ForEach(setting => Line(text, $"#   sysctl -w {setting.Key.Replace('/', '.')}={setting.Value}"));
        return text.Append(Nftables(options)).ToString();
    }

    private static IEnumerable<string[]> IpCommands(RulesetOptions options, AddressFamily family)
    {
        var (flag, everywhere) = family == AddressFamily.InterNetwork ? ("-4", "0.0.0.0/0") : ("-6", "::/0");
        var interception = options.Interception == Interception.TProxy;
        if (interception)
        {
            yield return [flag, "route", "replace", "local", everywhere, "dev", "lo", "table", $"{options.RoutingTable}"];
        }

        foreach (var one in options.Interfaces)
        {
            if (interception)
            {
                // The interface stands here so that the reverse-path check of a source, which may use the mark, never ends in this table.
                yield return
                [
                    flag, "rule", "add", "pref", $"{options.MarkPreference}", "iif", one.Name, "fwmark", $"0x{options.Mark:x}",
                    "lookup", $"{options.RoutingTable}",
                ];
            }

            yield return [flag, "rule", "add", "pref", $"{options.LockPreference}", "iif", one.Name, "prohibit"];
        }
    }

    private static IEnumerable<AddressFamily> Families() => [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];

    private static void Demand(RulesetOptions options)
    {
        var errors = options.Errors();
        if (errors.Count > 0)
        {
            throw new ArgumentException(string.Join("; ", errors), nameof(options));
        }
    }

    // Always a line feed, so that the text is the same wherever it is made.
    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
