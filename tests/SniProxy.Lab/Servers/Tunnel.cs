using System.Net;
using System.Net.Sockets;
using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Servers;

/// <summary>
/// iodine at both ends: IP over DNS, as somebody uses it who has a domain of his own and a sandbox that may ask for any name below it.
/// </summary>
public sealed class Tunnel : IAsyncDisposable
{
    private const string Password = "lab";
    private const string Device = "dns9";
    private const string ServerAddress = "10.99.0.1";

    /// <summary>The record types that it can carry data in.</summary>
    public static readonly IReadOnlyList<string> Types = ["NULL", "PRIVATE", "TXT", "SRV", "MX", "CNAME", "A"];

    private readonly Child _server;
    private readonly Namespace _sandbox;
    private readonly Child _client;

    private Tunnel(Child server, Namespace sandbox, Child client)
    {
        _server = server;
        _sandbox = sandbox;
        _client = client;
    }

    /// <summary>The client has logged in and has an interface: from here on it would carry anything.</summary>
    public bool IsUp => _client.Said.Contains("Connection setup complete", StringComparison.Ordinal);

    /// <summary>The client has given up.</summary>
    public bool HasEnded => _client.HasExited;

    public string Said => _client.Said;

    /// <summary>Each type has a domain of its own, so that one tunnel's end is not another's.</summary>
    public static string DomainOf(string type) => $"tunnel-{type.ToLowerInvariant()}.example";

    /// <summary>Starts the server, waits until it listens, and starts the client.</summary>
    /// <param name="internet">Where the server is.</param>
    /// <param name="sandbox">Where the client is.</param>
    /// <param name="resolver">Whom the client asks.</param>
    /// <param name="type">One of <see cref="Types"/>.</param>
    public static async Task<Tunnel> StartAsync(Namespace internet, Namespace sandbox, Place resolver, string type)
    {
        var domain = DomainOf(type);
        var server = internet.Start("iodined", "-f", "-c", "-P", Password, "-l", Places.Other.V4.ToString(), "-d", Device, $"{ServerAddress}/24", domain);
        await Waiting.UntilAsync(
            () => server.HasExited || server.Said.Contains("Listening to dns", StringComparison.Ordinal), TimeSpan.FromSeconds(5), () => "iodined is not up:\n" + server.Said);
        return new Tunnel(
            server, sandbox, sandbox.Start("iodine", "-f", "-r", "-P", Password, "-d", Device, "-T", type, resolver.V4.ToString(), domain));
    }

    /// <summary>Puts datagrams into the tunnel, for a client that has an interface.</summary>
    public async Task CarryAsync(int datagrams)
    {
        using var socket = _sandbox.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        for (var i = 0; i < datagrams; i++)
        {
            await socket.SendToAsync(new byte[400], new IPEndPoint(IPAddress.Parse(ServerAddress), 9));
            await Task.Delay(5);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }
}
