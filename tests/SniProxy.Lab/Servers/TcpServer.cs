using System.Net;
using System.Net.Sockets;
using System.Text;
using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Servers;

/// <summary>A server of a few lines, in this process but inside a namespace: each connection is handed to a script.</summary>
public sealed class TcpServer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly IReadOnlyList<Socket> _listeners;
    private readonly Task _accepting;
    private long _bytesRead;
    private int _accepted;

    public TcpServer(Namespace where, IEnumerable<IPEndPoint> endpoints, Func<TcpServer, Socket, CancellationToken, Task> script)
    {
        _listeners = endpoints.Select(where.Listen).ToArray();
        _accepting = Task.WhenAll(_listeners.Select(listener => AcceptAsync(listener, script)));
    }

    /// <summary>Bytes that any client has sent, as the application reads them.</summary>
    public long BytesRead => Interlocked.Read(ref _bytesRead);

    /// <summary>The ports it listens on, in the order of the endpoints; those that were 0 have been chosen by the kernel.</summary>
    public IReadOnlyList<int> Ports => [.. _listeners.Select(l => l.LocalEndPoint is IPEndPoint endpoint ? endpoint.Port : 0)];

    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Reads whatever comes and counts it; says a word, so that a client which got here looks as if it had succeeded.</summary>
    public static async Task SinkAsync(TcpServer server, Socket socket, CancellationToken stop)
    {
        var buffer = new byte[4096];
        while (await server.ReadAsync(socket, buffer, stop) > 0)
        {
            await socket.SendAsync("EVIL\n"u8.ToArray(), stop);
        }
    }

    public static async Task EchoAsync(TcpServer server, Socket socket, CancellationToken stop)
    {
        var buffer = new byte[65536];
        for (var count = await server.ReadAsync(socket, buffer, stop); count > 0; count = await server.ReadAsync(socket, buffer, stop))
        {
            await socket.SendAllAsync(buffer.AsMemory(0, count), stop);
        }

        socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Speaks first, as SSH does, then echoes.</summary>
    public static Func<TcpServer, Socket, CancellationToken, Task> Banner(string banner) => async (server, socket, stop) =>
    {
        await socket.SendAllAsync(Encoding.Latin1.GetBytes(banner), stop);
        await EchoAsync(server, socket, stop);
    };

    /// <summary>Reads one flight and answers with the alert access_denied (RFC 8446 §6.2), whole and then closed.</summary>
    public static async Task RefuseTlsAsync(TcpServer server, Socket socket, CancellationToken stop)
    {
        await server.ReadAsync(socket, new byte[65536], stop);
        await socket.SendAllAsync(new byte[] { 21, 3, 3, 0, 2, 2, 49 }, stop);
        socket.Shutdown(SocketShutdown.Send);
        while (await server.ReadAsync(socket, new byte[4096], stop) > 0)
        {
            // Drained, or the close would become a reset and the alert be lost.
        }
    }

    public async Task<int> ReadAsync(Socket socket, Memory<byte> buffer, CancellationToken stop)
    {
        var count = await socket.ReceiveAsync(buffer, stop);
        Interlocked.Add(ref _bytesRead, count);
        return count;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var listener in _listeners)
        {
            listener.Dispose();
        }

        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync(Socket listener, Func<TcpServer, Socket, CancellationToken, Task> script)
    {
        var open = new List<Task>();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await listener.AcceptAsync(_stop.Token);
                Interlocked.Increment(ref _accepted);
                open.RemoveAll(t => t.IsCompleted);
                open.Add(ServeAsync(socket, script));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                continue;
            }
        }

        await Task.WhenAll(open);
    }

    private async Task ServeAsync(Socket socket, Func<TcpServer, Socket, CancellationToken, Task> script)
    {
        using (socket)
        {
            try
            {
                socket.NoDelay = true;
                await script(this, socket, _stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The client left or the lab ends.
            }
        }
    }
}
