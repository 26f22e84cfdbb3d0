using System.Diagnostics;
using System.Net.Sockets;
using SniProxy.Core.Contract;
using SniProxy.Proxy.Connections;

namespace SniProxy.Proxy.Sockets;

internal sealed class SocketConnector : IConnector
{
    public async ValueTask<DialResult> ConnectAsync(Endpoint to, TimeSpan timeout, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(timeout);
        Socket? socket = null;
        try
        {
            // Fails where the machine has no such family, or no descriptor left: another address may do.
            socket = new Socket(
                to.Address.IsIPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            socket.NoDelay = true;
            var started = Stopwatch.GetTimestamp();
            await socket.ConnectAsync(to.ToIPEndPoint(), deadline.Token);
            return new DialResult(new SocketUpstream(socket), to, Stopwatch.GetElapsedTime(started), Reason.None);
        }
        catch (OperationCanceledException)
        {
            // It may be connected by now: whoever answered learns that it was given up.
            Abort(socket);
            return DialResult.Failed(Reason.UpstreamTimeout);
        }
        catch (SocketException error)
        {
            socket?.Dispose();
            return DialResult.Failed(error.SocketErrorCode == SocketError.TimedOut ? Reason.UpstreamTimeout : Reason.UpstreamUnreachable);
        }
    }

    private static void Abort(Socket? socket)
    {
        if (socket is not null)
        {
            Reset.Abort(socket);
        }
    }
}
