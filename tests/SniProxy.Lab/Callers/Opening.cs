using System.Net;
using System.Net.Sockets;
using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Callers;

/// <summary>A bare connection to a destination, through whichever door: what is sent on it are the client's own bytes.</summary>
public static class Opening
{
    /// <summary>Behind the explicit door the name is asked for in a CONNECT, which must succeed.</summary>
    public static async Task<Socket> OpenAsync(Namespace sandbox, Route route, string name, IPEndPoint destination)
    {
        if (!route.UsesProxy)
        {
            return await sandbox.ConnectAsync(destination);
        }

        var (socket, answer) = await ProxyTunnel.ConnectAsync(sandbox, route, $"{name}:{destination.Port}");
        if (ProxyTunnel.StatusOf(answer) == 200)
        {
            return socket;
        }

        socket.Dispose();
        throw new LabException($"CONNECT {name} was answered: {answer}");
    }
}
