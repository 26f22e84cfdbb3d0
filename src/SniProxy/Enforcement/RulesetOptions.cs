using System.Text.RegularExpressions;

namespace SniProxy.Enforcement;

/// <summary>What the kernel's rules depend on. Two equal values give the same text, byte for byte.</summary>
internal sealed partial record RulesetOptions
{
    /// <summary>The one table, in family inet, that everything stands in.</summary>
    public string Table { get; init; } = "sniproxy";

    public required IReadOnlyList<SandboxInterface> Interfaces { get; init; }

    public Interception Interception { get; init; }

    /// <summary>Port of the transparent listener.</summary>
    public required ushort ListenerPort { get; init; }

    /// <summary>Port of the policy DNS; null refuses port 53 as any other.</summary>
    public ushort? DnsPort { get; init; }

    /// <summary>Questions a second over UDP from one source; what comes beyond them is dropped before it costs anybody else a wait. Null for any number.</summary>
    public int? DnsDatagramsPerSecond { get; init; }

    /// <summary>Port of the explicit listener, reachable on the gateway's own addresses; null where there is none.</summary>
    public ushort? ExplicitPort { get; init; }

    /// <summary>Hands UDP 443 to the listener instead of refusing it; needs <see cref="Interception.TProxy"/> and a listener for UDP.</summary>
    public bool InspectsQuic { get; init; }

    /// <summary>
    /// Marks packets on their way to a transparent listener. Outside the bits that Kubernetes (0xc000), Cilium (0xf00) and Tailscale
    /// (0xff0000) use.
    /// </summary>
    public uint Mark { get; init; } = 0x3d;

    /// <summary>The routing table in which every address is local; above the 255 that have names.</summary>
    public uint RoutingTable { get; init; } = 7765;

    /// <summary>Preference of the rules that lead marked packets there: after the local table (0), before those of VPNs (from 5200 on).</summary>
    public uint MarkPreference { get; init; } = 65;

    /// <summary>Preference of the rules that forbid whatever a sandbox sends elsewhere, whatever became of the table.</summary>
    public uint LockPreference { get; init; } = 66;

    /// <summary>Kernel settings (by path below /proc/sys) as they were before the rules, kept inside the table to be restored.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> FormerSettings { get; init; } = [];

    /// <summary>Everything that is wrong with these options; none when they can be used.</summary>
    public IReadOnlyList<string> Errors()
    {
        var errors = new List<string>();
        if (!TableName().IsMatch(Table))
        {
            errors.Add($"table '{Table}': write a name of a-z, 0-9 and _, beginning with a letter");
        }

        if (Interfaces.Count == 0)
        {
            errors.Add("no interface is named: name at least one that sandboxes are behind");
        }

        errors.AddRange(Interfaces.Where(one => !InterfaceName().IsMatch(one.Name))
            .Select(one => $"interface '{one.Name}': write the name of a network interface, at most 15 characters"));
        errors.AddRange(Interfaces.Where(one => one.Name == "lo").Select(_ => "interface 'lo': the loopback interface has no sandboxes behind it"));
        errors.AddRange(Interfaces.GroupBy(one => one.Name, StringComparer.Ordinal).Where(same => same.Count() > 1)
            .Select(same => $"interface '{same.Key}' is named twice"));
        if (ListenerPort == 0)
        {
            errors.Add("the listener's port is 0: rules need the real one");
        }

        if (DnsDatagramsPerSecond <= 0)
        {
            errors.Add($"{DnsDatagramsPerSecond} questions a second are none: write more than 0");
        }

        if (InspectsQuic && Interception != Interception.TProxy)
        {
            errors.Add("UDP 443 can only be handed to a TProxy listener");
        }

        return errors;
    }

    [GeneratedRegex("^[a-z][a-z0-9_]{0,62}$")]
    private static partial Regex TableName();

    // What the kernel's dev_valid_name takes is wider; quotes and white space have no place in a ruleset.
    [GeneratedRegex("^[A-Za-z0-9_.@-]{1,15}$")]
    private static partial Regex InterfaceName();
}
