using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace SniProxy.Enforcement;

/// <summary>Makes and unmakes what belongs to one slot; unmaking needs nothing but its number, so that anyone can do it.</summary>
internal sealed class ExecWiring(ExecSlot slot, bool hasIPv6)
{
    public IReadOnlyList<IPAddress> GatewayAddresses => hasIPv6 ? [slot.GatewayIPv4, slot.GatewayIPv6] : [slot.GatewayIPv4];

    public IReadOnlyList<IPAddress> SandboxAddresses => hasIPv6 ? [slot.SandboxIPv4, slot.SandboxIPv6] : [slot.SandboxIPv4];

    /// <summary>
    /// Routes that would suffer from a more specific one inside them. A wider one (a VPN's 10.0.0.0/8) only loses four addresses for a
    /// while.
    /// </summary>
    public static async Task<IReadOnlyList<IPNetwork>> RoutesAsync(CancellationToken cancellation)
    {
        using var document = JsonDocument.Parse(await ExternalCommand.DemandAsync(["ip", "-4", "-json", "route", "show", "table", "all"], null, cancellation));
        return
        [
            .. document.RootElement.EnumerateArray()
                .Select(route => route.TryGetProperty("dst", out var to) ? $"{to.GetString()}" : "")
                .Select(to => IPNetwork.TryParse(to.Contains('/') ? to : $"{to}/32", out var network) ? network : default)
                .Where(network => network.PrefixLength >= 16),
        ];
    }

    public static bool IsFree(ExecSlot slot, IReadOnlyList<IPNetwork> routes) =>
        !routes.Any(route => route.Contains(slot.GatewayIPv4) || slot.IPv4.Contains(route.BaseAddress));

    /// <summary>The files that the command sees in /etc.</summary>
    public void WriteFolder()
    {
        Directory.CreateDirectory(slot.Folder);
        File.WriteAllText(Path.Combine(slot.Folder, "resolv.conf"), $"nameserver {slot.GatewayIPv4}\n");
        if (!File.Exists("/etc/nsswitch.conf"))
        {
            return;
        }

        // systemd-resolved and others answer over a socket in the file system, which no network namespace closes: names go by DNS only.
        var lines = File.ReadAllLines("/etc/nsswitch.conf").Where(line => !line.TrimStart().StartsWith("hosts:", StringComparison.Ordinal));
        File.WriteAllLines(Path.Combine(slot.Folder, "nsswitch.conf"), [.. lines, "hosts: files dns"]);
    }

    /// <summary>The pair and its addresses. Nothing is up yet.</summary>
    public async Task BuildAsync(CancellationToken cancellation)
    {
        await BatchAsync(null, [$"link add {slot.Interface} type veth peer name eth0 netns {slot.Namespace}"], cancellation);
        Settle(null, slot.Interface);
        Settle(slot.Namespace, "eth0");
        await BatchAsync(null, Addresses(slot.Interface, GatewayAddresses), cancellation);
    }

    /// <summary>Brings both ends up, which is safe only once the rules stand.</summary>
    public async Task OpenAsync(CancellationToken cancellation)
    {
        await BatchAsync(null, [$"link set {slot.Interface} up"], cancellation);
        var routes = GatewayAddresses.Select(gateway => $"route add default via {gateway}");
        await BatchAsync(
            slot.Namespace, ["link set lo up", .. Addresses("eth0", SandboxAddresses), "link set eth0 up", .. routes], cancellation);
    }

    public RulesetOptions Rules(ushort listenerPort, ushort? dnsPort) => new()
    {
        Table = slot.Table,
        Interfaces = [new SandboxInterface(slot.Interface) { Sources = [slot.IPv4, slot.IPv6] }],
        ListenerPort = listenerPort,
        DnsPort = dnsPort,
    };

    /// <summary>Ends every process inside and removes everything; what is not there is passed over.</summary>
    public async Task RemoveAsync(CancellationToken cancellation)
    {
        await EndProcessesAsync(cancellation);
        await ExternalCommand.RunAsync(["ip", "link", "del", slot.Interface], null, cancellation);
        await ExternalCommand.RunAsync(["ip", "netns", "del", slot.Namespace], null, cancellation);
        await new Rules(Rules(1, null), setsKernel: false).RemoveAsync(cancellation);
        if (Directory.Exists(slot.Folder))
        {
            Directory.Delete(slot.Folder, recursive: true);
        }
    }

    private static IEnumerable<string> Addresses(string device, IEnumerable<IPAddress> addresses) => addresses.Select(address =>
        address.AddressFamily == AddressFamily.InterNetwork ? $"addr add {address}/30 dev {device}" : $"addr add {address}/64 dev {device} nodad");

    private static Task<string> BatchAsync(string? name, IEnumerable<string> lines, CancellationToken cancellation) =>
        ExternalCommand.DemandAsync(name is null ? ["ip", "-batch", "-"] : ["ip", "-n", name, "-batch", "-"], string.Join('\n', lines) + "\n", cancellation);

    // Two ends of a private wire: nobody else can have the address, and nobody there is a router to learn from.
    private static void Settle(string? name, string device)
    {
        NetworkNamespace.WriteSetting(name, $"net/ipv6/conf/{device}/disable_ipv6", "0");
        NetworkNamespace.WriteSetting(name, $"net/ipv6/conf/{device}/accept_dad", "0");
        NetworkNamespace.WriteSetting(name, $"net/ipv6/conf/{device}/accept_ra", "0");
    }

    // More than once, for what forked between being listed and being ended.
    private async Task EndProcessesAsync(CancellationToken cancellation)
    {
        for (var attempt = 0; attempt < 10; attempt++)
        {
            var listing = await ExternalCommand.RunAsync(["ip", "netns", "pids", slot.Namespace], null, cancellation);
            var processes = listing.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => int.Parse(line, CultureInfo.InvariantCulture)).Where(process => process != Environment.ProcessId).ToList();
            if (processes.Count == 0)
            {
                return;
            }

            processes.ForEach(process => Signals.TrySend(process, Signals.Kill));
        }
    }
}
