using System.Net.Sockets;

namespace SniProxy.Proxy.Sockets;

/// <summary>Ends a TCP connection by RST, which a peer can tell from an orderly end (RFC 9293 section 3.10.5).</summary>
internal static class Reset
{
    private static readonly LingerOption Immediately = new(true, 0);

    public static void Abort(Socket socket)
    {
        try
        {
            socket.LingerState = Immediately;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The peer was first.
        }

        socket.Dispose();
    }
}
