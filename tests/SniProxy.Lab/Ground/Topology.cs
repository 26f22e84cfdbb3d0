namespace SniProxy.Lab.Ground;

/// <summary>
/// The wires. Two sandboxes hang on the gateway, the gateway on the internet, and behind the internet lies the namespace that must never
/// receive a byte. Every route exists in both families; whether a sandbox may use it is the appliance's affair alone.
/// </summary>
public static class Topology
{
    /// <summary>The sandboxes' interfaces as the gateway sees them.</summary>
    public const string SandboxInterface = "sbx0";

    public const string SecondSandboxInterface = "sbx1";

    private const string NoSurprises =
        "net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_ra=0 net.ipv6.conf.default.accept_ra=0 "
        + "net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0";

    // What a new namespace has (ip-sysctl.rst); rules change it.
    private const string KernelsLimits =
        "net.ipv4.icmp_ratelimit=1000 net.ipv6.icmp.ratelimit=100 net.ipv4.icmp_ratemask=6168 net.ipv6.icmp.ratemask=0-1,3-127";

    // linux/netfilter/nfnetlink_conntrack.h: IPCTNL_MSG_CT_DELETE for all there are, to be acknowledged.
    private const string ForgetFlows = """
        import socket, struct
        s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
        s.send(struct.pack("=IHHIIBBH", 20, 1 << 8 | 2, 5, 1, 0, 0, 0, 0))
        raise SystemExit(-struct.unpack_from("=i", s.recv(4096), 16)[0])
        """;

    private const string Forwarding = "net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1";

    public static async Task BuildAsync(string sandbox, string secondSandbox, string gateway, string internet, string evil)
    {
        await BatchAsync(null, string.Join('\n', new[] { sandbox, secondSandbox, gateway, internet, evil }.Select(n => $"netns add {n}")));
        await Task.WhenAll(new[] { sandbox, secondSandbox, gateway }.Select(n => SetAsync(n, NoSurprises)));
        await Task.WhenAll(new[] { internet, evil }.Select(n => SetAsync(n, $"{NoSurprises} {Forwarding}")));
        await BatchAsync(null, $"""
            link add {SandboxInterface} netns {gateway} type veth peer name eth0 netns {sandbox}
            link add {SecondSandboxInterface} netns {gateway} type veth peer name eth0 netns {secondSandbox}
            link add wan0 netns {gateway} type veth peer name wan0 netns {internet}
            link add evil0 netns {internet} type veth peer name wan0 netns {evil}
            """);
        await Task.WhenAll(
            BatchAsync(sandbox, SandboxSide(Places.Sandbox, Places.Gateway)),
            BatchAsync(secondSandbox, SandboxSide(Places.SecondSandbox, Places.SecondGateway)),
            BatchAsync(gateway, GatewaySide()),
            BatchAsync(internet, InternetSide()),
            BatchAsync(evil, EvilSide()));
    }

    /// <summary>Makes a namespace pass packets on, or not: the gateway starts without, as a fresh machine does.</summary>
    public static Task ForwardAsync(Namespace where, bool on) =>
        SetAsync(where.Name, on ? Forwarding : Forwarding.Replace("=1", "=0", StringComparison.Ordinal));

    /// <summary>
    /// Packet filter, routing rules and the kernel's limits as in a fresh namespace, whatever the program has set and a fault of it has left. Flows
    /// that the kernel remembers as redirected would lead a new one of the same port to where nobody listens any more.
    /// </summary>
    public static async Task ResetPolicyAsync(Namespace where)
    {
        await SetAsync(where.Name, KernelsLimits);
        (await where.RunAsync("nft", "flush", "ruleset")).MustSucceed();
        (await where.RunAsync("python3", "-c", ForgetFlows)).MustSucceed();
        foreach (var family in (string[])["-4", "-6"])
        {
            (await where.RunAsync("ip", family, "rule", "flush")).MustSucceed();
            (await where.RunAsync("ip", family, "rule", "add", "lookup", "main", "pref", "32766")).MustSucceed();
        }
    }

    private static string SandboxSide(Place self, Place gateway) => $"""
        link set lo up
        link set eth0 up
        addr add {self.V4}/24 dev eth0
        addr add {self.V6}/64 dev eth0 nodad
        route add default via {gateway.V4}
        route add ::/0 via {gateway.V6}
        """;

    private static string GatewaySide() => $"""
        link set lo up
        link set {SandboxInterface} up
        link set {SecondSandboxInterface} up
        link set wan0 up
        addr add {Places.Gateway.V4}/24 dev {SandboxInterface}
        addr add {Places.Gateway.V6}/64 dev {SandboxInterface} nodad
        addr add {Places.SecondGateway.V4}/24 dev {SecondSandboxInterface}
        addr add {Places.SecondGateway.V6}/64 dev {SecondSandboxInterface} nodad
        addr add 198.51.100.1/24 dev wan0
        addr add 2001:db8:ffff::1/64 dev wan0 nodad
        route add default via 198.51.100.2
        route add ::/0 via 2001:db8:ffff::2
        """;

    private static string InternetSide()
    {
        var lines = new List<string>
        {
            "link set lo up",
            "link set wan0 up",
            "link set evil0 up",
            "addr add 198.51.100.2/24 dev wan0",
            "addr add 2001:db8:ffff::2/64 dev wan0 nodad",
            "addr add 192.0.2.1/30 dev evil0",
            "addr add 2001:db8:eeee::1/64 dev evil0 nodad",
            "route add 10.77.0.0/24 via 198.51.100.1",
            "route add 10.78.0.0/24 via 198.51.100.1",
            "route add fd77::/64 via 2001:db8:ffff::1",
            "route add fd78::/64 via 2001:db8:ffff::1",
        };
        lines.AddRange(Places.Internet.SelectMany(p => new[] { $"addr add {p.V4}/32 dev lo", $"addr add {p.V6}/128 dev lo nodad" }));
        lines.AddRange(Places.BeyondReach.SelectMany(p => new[]
        {
            $"route add {p.V4}/32 via 192.0.2.2", $"route add {p.V6}/128 via 2001:db8:eeee::2",
        }));
        return string.Join('\n', lines);
    }

    private static string EvilSide()
    {
        var lines = new List<string>
        {
            "link set lo up",
            "link set wan0 up",
            "addr add 192.0.2.2/30 dev wan0",
            "addr add 2001:db8:eeee::2/64 dev wan0 nodad",
            "route add default via 192.0.2.1",
            "route add ::/0 via 2001:db8:eeee::1",
        };
        lines.AddRange(Places.BeyondReach.SelectMany(p => new[] { $"addr add {p.V4}/32 dev lo", $"addr add {p.V6}/128 dev lo nodad" }));
        return string.Join('\n', lines);
    }

    private static async Task BatchAsync(string? where, string script)
    {
        string[] words = where is null ? ["ip", "-batch", "-"] : ["ip", "-n", where, "-batch", "-"];
        var command = new Command(words) { Input = System.Text.Encoding.UTF8.GetBytes(script + "\n") };
        (await command.RunAsync()).MustSucceed();
    }

    private static async Task SetAsync(string where, string settings)
    {
        string[] words = ["ip", "netns", "exec", where, "sysctl", "-q", "-w", .. settings.Split(' ')];
        (await Command.RunAsync(words)).MustSucceed();
    }
}
