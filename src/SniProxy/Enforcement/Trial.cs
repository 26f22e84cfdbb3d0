using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace SniProxy.Enforcement;

/// <summary>
/// A sandbox, a gateway and an outside, made for one probe in namespaces that nothing else is in: the same generator and the same kernel
/// as the real ones, and nobody else's packets.
/// </summary>
internal sealed class Trial : IAsyncDisposable
{
    public const ushort ListenerPort = 8443;
    public const ushort OutsidePort = 443;

    private const string Prefix = "sniproxy-trial-";
    private const string Link = "sandbox";

    public static readonly IPAddress OutsideIPv4 = IPAddress.Parse("203.0.113.9");
    public static readonly IPAddress OutsideIPv6 = IPAddress.Parse("2001:db8::9");

    private readonly string stem = $"{Prefix}{Environment.ProcessId}-{Guid.NewGuid().ToString("N")[..8]}";
    private readonly List<Socket> sockets = [];

    private Trial()
    {
    }

    public string Gateway => $"{stem}-g";

    public string Sandbox => $"{stem}-s";

    public string Outside => $"{stem}-o";

    public static async Task<Trial> CreateAsync(CancellationToken cancellation)
    {
        await ClearLeftoversAsync(cancellation);
        var trial = new Trial();
        try
        {
            await trial.BuildAsync(cancellation);
            return trial;
        }
        catch
        {
            await trial.DisposeAsync();
            throw;
        }
    }

    public Task ApplyAsync(Interception interception, CancellationToken cancellation) => new Rules(
        new RulesetOptions { Interfaces = [new SandboxInterface(Link)], Interception = interception, ListenerPort = ListenerPort }, Gateway)
        .ApplyAsync(cancellation);

    /// <summary>A listener for both families.</summary>
    public Socket Listen(string where, ushort port, bool transparent)
    {
        var socket = Open(where, AddressFamily.InterNetworkV6, SocketType.Stream);
        socket.DualMode = true;
        if (transparent)
        {
            OriginalDestination.SetTransparent(socket);
        }

        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
        socket.Listen();
        return socket;
    }

    /// <summary>Connects, or fails as the network lets it fail.</summary>
    public async Task<Socket> ConnectAsync(string where, IPAddress address, ushort port, CancellationToken cancellation)
    {
        var socket = Open(where, address.AddressFamily, SocketType.Stream);
        await socket.ConnectAsync(new IPEndPoint(address, port), cancellation);
        return socket;
    }

    public async ValueTask DisposeAsync()
    {
        sockets.ForEach(socket => socket.Dispose());
        foreach (var name in new[] { Sandbox, Gateway, Outside })
        {
            await ExternalCommand.RunAsync(["ip", "netns", "del", name]);
        }
    }

    // Trials of processes that did not live to remove them.
    private static async Task ClearLeftoversAsync(CancellationToken cancellation)
    {
        var names = await ExternalCommand.DemandAsync(["ip", "netns", "list"], null, cancellation);
        foreach (var name in names.Split('\n').Select(line => line.Split(' ')[0]).Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            if (int.TryParse(name[Prefix.Length..].Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var owner) && !Directory.Exists($"/proc/{owner}"))
            {
                await ExternalCommand.RunAsync(["ip", "netns", "del", name], null, cancellation);
            }
        }
    }

    private async Task BuildAsync(CancellationToken cancellation)
    {
        foreach (var name in new[] { Sandbox, Gateway, Outside })
        {
            await ExternalCommand.DemandAsync(["ip", "netns", "add", name], null, cancellation);
            await BatchAsync(name, ["link set lo up"], cancellation);
            NetworkNamespace.WriteSetting(name, "net/ipv6/conf/default/accept_dad", "0");
        }

        // The gateway forwards: that nothing passes must be the rules' doing.
        NetworkNamespace.WriteSetting(Gateway, "net/ipv4/ip_forward", "1");
        NetworkNamespace.WriteSetting(Gateway, "net/ipv6/conf/all/forwarding", "1");
        await BatchAsync(Gateway, [$"link add {Link} type veth peer name eth0 netns {Sandbox}", $"link add uplink type veth peer name eth0 netns {Outside}"], cancellation);
        await BatchAsync(Gateway, [.. End(Link, "10.0.0.1/24", "fd00::1/64"), .. End("uplink", "203.0.113.1/24", "2001:db8::1/64")], cancellation);
        await BatchAsync(Sandbox, [.. End("eth0", "10.0.0.2/24", "fd00::2/64"), "route add default via 10.0.0.1", "route add default via fd00::1"], cancellation);
        await BatchAsync(
            Outside, [.. End("eth0", "203.0.113.9/24", "2001:db8::9/64"), "route add default via 203.0.113.1", "route add default via 2001:db8::1"], cancellation);
    }

    private static IEnumerable<string> End(string device, string ipv4, string ipv6) =>
        [$"addr add {ipv4} dev {device}", $"addr add {ipv6} dev {device} nodad", $"link set {device} up"];

    private static Task<string> BatchAsync(string name, IEnumerable<string> lines, CancellationToken cancellation) =>
        ExternalCommand.DemandAsync(["ip", "-n", name, "-batch", "-"], string.Join('\n', lines) + "\n", cancellation);

    private Socket Open(string where, AddressFamily family, SocketType type)
    {
        var socket = NetworkNamespace.OpenSocket(where, family, type, ProtocolType.Tcp);
        sockets.Add(socket);
        return socket;
    }
}
