using System.Net;
using System.Net.Sockets;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Judgement.Drawn;

/// <summary>
/// Hosts for drawn flows: every port of every address is open, so that what becomes of a flow is the verdict's doing alone. Several names share
/// an address, some have one of a family, one leads inside and one half inside.
/// </summary>
public sealed class DrawnGround : IAsyncDisposable
{
    /// <summary>No name leads there.</summary>
    private const string Stranger = "203.0.113.202";

    private static readonly string[] Own =
        ["203.0.113.200", "203.0.113.201", Stranger, "2001:db8::200", "2001:db8::201", "2001:db8::202", "10.0.0.50", "fd10::50"];

    private readonly Lab lab;
    private readonly TcpServer server;

    private DrawnGround(Lab lab)
    {
        this.lab = lab;
        server = new TcpServer(lab.Internet, Own.SelectMany(address => Ports.Select(port => new IPEndPoint(IPAddress.Parse(address), port))), AnswerOnceAsync);
    }

    public static int[] Ports { get; } = [22, 25, 80, 443, 3306, 5432, 6379, 8443];

    /// <summary>On which the appliance judges before the client has spoken.</summary>
    public static int[] ServerFirstPorts { get; } = [22, 25, 3306];

    public static IReadOnlyDictionary<string, string[]> Names { get; } = new Dictionary<string, string[]>
    {
        ["a.x.pol.example"] = ["203.0.113.200", "2001:db8::200"],
        ["x.pol.example"] = ["203.0.113.200", "2001:db8::200"],
        ["b.x.pol.example"] = ["203.0.113.201", "2001:db8::201"],
        ["api-a.pol.example"] = ["203.0.113.201"],
        ["a.b.x.pol.example"] = ["2001:db8::201"],
        ["in.pol.example"] = ["10.0.0.50", "fd10::50"],
        ["both.pol.example"] = ["10.0.0.50", "2001:db8::200"],
        ["lost.pol.example"] = [],
    };

    /// <summary>Where flows are sent: also to the metadata server, which nothing opens.</summary>
    public static IReadOnlyList<IPAddress> Addresses { get; } = [.. Own.Select(IPAddress.Parse), Places.Metadata.V4, Places.Metadata.V6];

    public static async Task<DrawnGround> LayAsync(Lab lab)
    {
        foreach (var address in Own)
        {
            // IPv6 addresses are otherwise looked for elsewhere first, and not there yet.
            var family = address.Contains(':') ? "nodad" : "valid_lft forever";
            (await lab.Internet.RunAsync([.. $"ip addr add {address} dev lo {family}".Split(' ')])).MustSucceed();
        }

        foreach (var (name, addresses) in Names)
        {
            await lab.Dns.SetAsync(name, addresses);
        }

        return new DrawnGround(lab);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        foreach (var name in Names.Keys)
        {
            await lab.Dns.SetAsync(name);
        }

        foreach (var address in Own)
        {
            (await lab.Internet.RunAsync("ip", "addr", "del", address.Contains(':') ? $"{address}/128" : $"{address}/32", "dev", "lo")).MustSucceed();
        }
    }

    private static async Task AnswerOnceAsync(TcpServer server, Socket socket, CancellationToken stop)
    {
        if (ServerFirstPorts.Contains(((IPEndPoint?)socket.LocalEndPoint)?.Port ?? 0))
        {
            await socket.SendAllAsync("220 lab\r\n"u8.ToArray(), stop);
        }

        await server.ReadAsync(socket, new byte[16384], stop);
        socket.Shutdown(SocketShutdown.Send);
    }
}
