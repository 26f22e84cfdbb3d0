using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using SniProxy.Enforcement;
using SniProxy.Flows;
using SniProxy.Proxy.Loops;
using SniProxy.Proxy.Sockets;

namespace SniProxy.Proxy.Listeners;

/// <summary>
/// Binds the proxy's endpoints. Kestrel's own socket listener would do but for three things: it spins when descriptors run out, it has
/// no limit before memory is spent on a connection, and it closes both directions of a connection together.
/// </summary>
internal sealed class ProxyListenerFactory(
    FlowTable flows, IngressInterfaces interfaces, TurnedAway turnedAway, ProxyLog log, LoopTransport? loops = null)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private const int Backlog = 4096;

    private readonly List<IConnectionListener> listeners = [];

    public bool CanBind(EndPoint endpoint) => endpoint is ProxyEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var listener = ((ProxyEndPoint)endpoint).Listener;
        var socket = new Socket(listener.Endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (listener.Endpoint.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = listener.Endpoint.Address.Equals(IPAddress.IPv6Any);
            }

            if (listener.Kind == ListenerKind.TProxy)
            {
                OriginalDestination.SetTransparent(socket);
            }

            // No ReuseAddress: .NET sets what a restart needs by itself, and that option would let a second appliance share the port.
            socket.NoDelay = true;
            if (listener.DefersAccept)
            {
                DeferAccept(socket);
            }

            socket.Bind(listener.Endpoint);
            socket.Listen(Backlog);
            var bound = Listen(listener, socket);
            lock (listeners)
            {
                listeners.Add(bound);
            }

            log.Listening(listener.Name, listener.Kind, $"{socket.LocalEndPoint}");
            return new(bound);
        }
        catch (SocketException error)
        {
            socket.Dispose();
            var message = $"The listener \"{listener.Name}\" cannot be bound to {listener.Endpoint}: {error.Message}. {WhatToDo(error)}";
            throw error.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? new AddressInUseException(message, error)
                : new IOException(message, error);
        }
    }

    // linux/tcp.h. A second is the least that the kernel takes.
    private static void DeferAccept(Socket socket)
    {
        const int levelTcp = 6;
        const int deferAccept = 9;
        socket.SetRawSocketOption(levelTcp, deferAccept, BitConverter.GetBytes(1));
    }

    private static string WhatToDo(SocketException error) => error.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "See what listens there already: `ss -ltnp`.",
        SocketError.AddressNotAvailable => "No interface of this machine has that address.",
        SocketError.AccessDenied => "Ports below 1024 need CAP_NET_BIND_SERVICE; name a higher one.",
        _ => "See SniProxy:Proxy:Listeners.",
    };

    /// <summary>New connections are refused by the kernel from now on; live ones go on.</summary>
    public async Task StopAcceptingAsync()
    {
        IConnectionListener[] stopping;
        lock (listeners)
        {
            stopping = [.. listeners];
            listeners.Clear();
        }

        foreach (var listener in stopping)
        {
            await listener.UnbindAsync();
        }
    }

    private IConnectionListener Listen(ListenerOptions listener, Socket socket) => loops is null
        ? new SocketListener(listener, socket, flows, interfaces, turnedAway, log)
        : loops.Listen(listener, socket, flows, interfaces, turnedAway, log);
}
