using System.Net.Sockets;
using SniProxy.Proxy.Connections;

namespace SniProxy.Proxy.Sockets;

internal sealed class SocketUpstream(Socket socket) : IUpstream
{
    public Socket Socket => socket;

    public void Dispose() => socket.Dispose();
}
