using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using SniProxy.Enforcement;

namespace SniProxy.Tests.Enforcement;

/// <summary>
/// Three network namespaces of its own: a sandbox, a gateway that forwards, and an outside that the sandbox must not reach. Without rules
/// it does reach it, which tests show first, so that none passes because the road was never there.
/// </summary>
internal sealed class GatewayLab : IAsyncDisposable
{
    public const string SandboxLink = "sb0";
    public const ushort ListenerPort = 8443;
    public const ushort DnsPort = 1053;

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    public static readonly IPAddress GatewayIPv4 = IPAddress.Parse("10.77.0.1");
    public static readonly IPAddress GatewayIPv6 = IPAddress.Parse("fd77::1");
    public static readonly IPAddress OutsideIPv4 = IPAddress.Parse("203.0.113.9");
    public static readonly IPAddress OutsideIPv6 = IPAddress.Parse("2001:db8::9");

    private static readonly StrongBox<int> Count = new();

    private readonly string prefix = $"enf{Environment.ProcessId}-{Interlocked.Increment(ref Count.Value)}";
    private readonly List<Socket> sockets = [];

    public string Sandbox => $"{prefix}-sb";

    public string Gateway => $"{prefix}-gw";

    public string Outside => $"{prefix}-out";

    public static async Task<GatewayLab> CreateAsync()
    {
        Assert.True(Environment.IsPrivilegedProcess, "these tests make network namespaces: run them as root");
        var lab = new GatewayLab();
        foreach (var name in new[] { lab.Sandbox, lab.Gateway, lab.Outside })
        {
            await ExternalCommand.DemandAsync(["ip", "netns", "add", name]);
            NetworkNamespace.WriteSetting(name, "net/ipv6/conf/default/accept_dad", "0");
            await Ip(name, "link set lo up");
        }

        NetworkNamespace.WriteSetting(lab.Gateway, "net/ipv4/ip_forward", "1");
        NetworkNamespace.WriteSetting(lab.Gateway, "net/ipv6/conf/all/forwarding", "1");
        await lab.ConnectAsync(SandboxLink, lab.Sandbox, ("10.77.0.1/24", "fd77::1/64"), ("10.77.0.2/24", "fd77::2/64"));
        await lab.ConnectAsync("up0", lab.Outside, ("203.0.113.1/24", "2001:db8::1/64"), ("203.0.113.9/24", "2001:db8::9/64"));
        return lab;
    }

    public static Task Ip(string name, string words) => ExternalCommand.DemandAsync(["ip", "-n", name, .. words.Split(' ')]);

    public RulesetOptions Options(Interception interception = Interception.Redirect) => new()
    {
        Table = "sniproxy_lab",
        Interfaces = [new SandboxInterface(SandboxLink)],
        Interception = interception,
        ListenerPort = ListenerPort,
        DnsPort = DnsPort,
    };

    public async Task<Rules> ApplyAsync(RulesetOptions options)
    {
        var rules = new Rules(options, Gateway);
        await rules.ApplyAsync();
        return rules;
    }

    /// <summary>A listener for both families in one namespace.</summary>
    public Socket Listen(string name, ushort port, bool transparent = false)
    {
        var socket = Open(name, AddressFamily.InterNetworkV6, SocketType.Stream);
        socket.DualMode = true;
        if (transparent)
        {
            OriginalDestination.SetTransparent(socket);
        }

        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
        socket.Listen();
        return socket;
    }

    /// <summary>A datagram socket for both families in one namespace.</summary>
    public Socket Receive(string name, ushort port, bool transparent = false)
    {
        var socket = Open(name, AddressFamily.InterNetworkV6, SocketType.Dgram);
        socket.DualMode = true;
        if (transparent)
        {
            OriginalDestination.SetTransparent(socket);
        }

        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
        return socket;
    }

    public async Task<Socket> ConnectAsync(IPAddress address, ushort port)
    {
        var socket = Open(Sandbox, address.AddressFamily, SocketType.Stream);
        using var limit = new CancellationTokenSource(Patience);
        await socket.ConnectAsync(new IPEndPoint(address, port), limit.Token);
        return socket;
    }

    public Socket Datagram(string name, IPAddress address, ushort port, IPAddress? source = null)
    {
        var socket = Open(name, address.AddressFamily, SocketType.Dgram);
        if (source is not null)
        {
            socket.Bind(new IPEndPoint(source, 0));
        }

        socket.Connect(new IPEndPoint(address, port));
        return socket;
    }

    public static async Task<Socket> AcceptAsync(Socket listener)
    {
        using var limit = new CancellationTokenSource(Patience);
        return await listener.AcceptAsync(limit.Token);
    }

    public static async Task<string> ReadAsync(Socket socket)
    {
        using var limit = new CancellationTokenSource(Patience);
        var buffer = new byte[64];
        var length = await socket.ReceiveAsync(buffer, limit.Token);
        return System.Text.Encoding.ASCII.GetString(buffer, 0, length);
    }

    public async ValueTask DisposeAsync()
    {
        sockets.ForEach(socket => socket.Dispose());
        foreach (var name in new[] { Sandbox, Gateway, Outside })
        {
            await ExternalCommand.RunAsync(["ip", "netns", "del", name]);
        }
    }

    private Socket Open(string name, AddressFamily family, SocketType type)
    {
        var socket = NetworkNamespace.OpenSocket(name, family, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp);
        sockets.Add(socket);
        return socket;
    }

    private async Task ConnectAsync(string link, string peer, (string V4, string V6) near, (string V4, string V6) far)
    {
        await Ip(Gateway, $"link add {link} type veth peer name eth0 netns {peer}");
        foreach (var (name, device, address) in new[] { (Gateway, link, near), (peer, "eth0", far) })
        {
            await Ip(name, $"addr add {address.V4} dev {device}");
            await Ip(name, $"addr add {address.V6} dev {device} nodad");
            await Ip(name, $"link set {device} up");
        }

        await Ip(peer, $"route add default via {near.V4.Split('/')[0]}");
        await Ip(peer, $"-6 route add default via {near.V6.Split('/')[0]}");
    }
}
