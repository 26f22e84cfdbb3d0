using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using SniProxy.Core.Contract;
using SniProxy.Enforcement;
using SniProxy.Flows;
using SniProxy.Proxy.Connections;

namespace SniProxy.Proxy.Sockets;

/// <summary>
/// Accepts connections. Over the limit on all flows a connection is reset at once, before a pipe is made for it; when the kernel has no
/// descriptor left, accepting pauses instead of spinning.
/// </summary>
internal sealed class SocketListener : IConnectionListener
{
    // Long enough to cost nothing, short enough that nobody notices once descriptors are free again.
    private static readonly TimeSpan PauseWithoutDescriptors = TimeSpan.FromMilliseconds(100);

    private readonly ListenerOptions listener;
    private readonly Socket socket;
    private readonly FlowTable flows;
    private readonly IngressInterfaces interfaces;
    private readonly TurnedAway turnedAway;
    private readonly ProxyLog log;
    private readonly SocketConnectionContextFactory contexts;

    public SocketListener(
        ListenerOptions listener, Socket socket, FlowTable flows, IngressInterfaces interfaces, TurnedAway turnedAway, ProxyLog log)
    {
        this.listener = listener;
        this.socket = socket;
        this.flows = flows;
        this.interfaces = interfaces;
        this.turnedAway = turnedAway;
        this.log = log;
        EndPoint = socket.LocalEndPoint ?? listener.Endpoint;
        contexts = new SocketConnectionContextFactory(
            new SocketConnectionFactoryOptions
            {
                // What one client may have in this process before its socket stops being read.
                MaxReadBufferSize = SocketConnection.BufferBytes,
                WaitForDataBeforeAllocatingBuffer = true,
                UnsafePreferInlineScheduling = false,
            },
            log.Logger);
    }

    public EndPoint EndPoint { get; }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                var accepted = await socket.AcceptAsync(cancellationToken);
                if (Admit(accepted) is { } context)
                {
                    return context;
                }
            }
            catch (SocketException error) when (
                error.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                log.OutOfDescriptors(listener.Name);
                await Task.Delay(PauseWithoutDescriptors, cancellationToken);
            }
            catch (Exception error) when (IsStopped(error))
            {
                return null;
            }
            catch (SocketException)
            {
                // The client left the backlog before its turn, or its network fails: accept(2) gives the errors that wait on the new socket
                // and wants them treated as "try again".
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        socket.Dispose();
        return default;
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        contexts.Dispose();
        return default;
    }

    private static bool IsStopped(Exception error) =>
        error is ObjectDisposedException or OperationCanceledException or SocketException { SocketErrorCode: SocketError.OperationAborted };

    // Null where the connection is not served: over the limit, or gone already.
    private ConnectionContext? Admit(Socket accepted)
    {
        if (!flows.TryEnter())
        {
            TurnAway(accepted);
            return null;
        }

        try
        {
            accepted.NoDelay = true;
            var context = contexts.Create(accepted);
            context.Features.Set<IProxiedConnection>(new SocketConnection(context, accepted, listener, interfaces));
            return context;
        }
        catch (SocketException)
        {
            flows.Leave();
            accepted.Dispose();
            return null;
        }
    }
    private void TurnAway(Socket accepted)
    {
        var client = accepted.RemoteEndPoint is IPEndPoint remote ? Endpoint.From(remote) : default;
        turnedAway.Tell(listener, client, () => interfaces.Of(accepted));
        Sockets.Reset.Abort(accepted);
        log.RefusedOverLimit(listener.Name);
    }
}
