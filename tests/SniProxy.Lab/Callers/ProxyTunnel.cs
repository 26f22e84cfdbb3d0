using System.Net;
using System.Net.Sockets;
using System.Text;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Callers;

/// <summary>A port on the sandbox's loopback; whoever connects is led through a CONNECT to one target. For clients without proxy support.</summary>
public sealed class ProxyTunnel : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly TcpServer _server;

    public ProxyTunnel(Namespace sandbox, Route route, string target)
    {
        _server = new TcpServer(sandbox, [new IPEndPoint(IPAddress.Loopback, 0)], (_, socket, stop) => LeadAsync(sandbox, route, target, socket, stop));
    }

    public int Port => _server.Ports[0];

    /// <summary>What the proxy answered when it did not lead on.</summary>
    public string Rejection { get; private set; } = "";

    /// <summary>Opens a CONNECT; the socket is past the proxy's answer when the status is 200.</summary>
    public static async Task<(Socket Socket, string Answer)> ConnectAsync(Namespace sandbox, Route route, string target, string headers = "")
    {
        var socket = await sandbox.ConnectAsync(Places.Gateway.At(route.Family, Route.ProxyPort));
        await socket.SendAllAsync(Encoding.ASCII.GetBytes($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{headers}\r\n"));
        var answer = new StringBuilder();
        // Byte by byte: what follows the head belongs to the tunnel.
        while (!answer.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var next = await socket.ReceiveAsync(1, Patience);
            if (next.Length == 0)
            {
                break;
            }

            answer.Append((char)next[0]);
        }

        return (socket, answer.ToString());
    }

    /// <summary>The status in an answer's first line; 0 when there was none.</summary>
    public static int StatusOf(string answer)
    {
        var parts = answer.Split(' ', 3);
        return parts.Length > 1 && int.TryParse(parts[1], System.Globalization.CultureInfo.InvariantCulture, out var status) ? status : 0;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task LeadAsync(Namespace sandbox, Route route, string target, Socket client, CancellationToken stop)
    {
        var (proxy, answer) = await ConnectAsync(sandbox, route, target);
        using (proxy)
        {
            if (StatusOf(answer) == 200)
            {
                await Task.WhenAll(CopyAsync(client, proxy, stop), CopyAsync(proxy, client, stop));
                return;
            }

            Rejection = answer;
        }
    }

    private static async Task CopyAsync(Socket from, Socket to, CancellationToken stop)
    {
        var buffer = new byte[65536];
        for (var count = await from.ReceiveAsync(buffer, stop); count > 0; count = await from.ReceiveAsync(buffer, stop))
        {
            await to.SendAllAsync(buffer.AsMemory(0, count), stop);
        }

        to.Shutdown(SocketShutdown.Send);
    }
}
