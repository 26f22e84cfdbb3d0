using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using SniProxy.Enforcement;
using SniProxy.Flows;

namespace SniProxy.Proxy.Loops;

/// <summary>
/// A listening socket whose connections the loops take themselves. The server that has bound it waits for one that never comes, and ends the
/// waiting when it stops.
/// </summary>
internal sealed class LoopListener : IConnectionListener
{
    private readonly Socket socket;
    private readonly IReadOnlyList<(Loop Loop, LoopAcceptor Acceptor)> acceptors;
    private readonly TaskCompletionSource<ConnectionContext?> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int stopped;

    public LoopListener(
        ListenerOptions options,
        Socket socket,
        IReadOnlyList<Loop> loops,
        ConnectionDelegate pipeline,
        FlowTable flows,
        IngressInterfaces interfaces,
        TurnedAway turnedAway,
        ProxyLog log)
    {
        this.socket = socket;
        Options = options;
        EndPoint = socket.LocalEndPoint ?? options.Endpoint;
        Local = EndPoint is IPEndPoint bound ? Endpoint.From(bound) : default;
        IsIPv6Socket = socket.AddressFamily == AddressFamily.InterNetworkV6;
        Descriptor = (int)socket.Handle;
        Kernel.SetNonBlocking(Descriptor);
        Kernel.AcknowledgeWithAnswer(Descriptor);
        acceptors = [.. loops.Select(loop => (loop, new LoopAcceptor(loop, this, pipeline, flows, interfaces, turnedAway, log)))];
        foreach (var (loop, acceptor) in acceptors)
        {
            loop.Post(static acceptor => ((LoopAcceptor)acceptor!).Start(), acceptor);
        }
    }

    public ListenerOptions Options { get; }

    public EndPoint EndPoint { get; }

    /// <summary>Where it is bound.</summary>
    public Endpoint Local { get; }

    public int Descriptor { get; }

    public bool IsIPv6Socket { get; }

    /// <summary>Where the client's packets were sent; null on an explicit listener, and where somebody connected to the listener itself.</summary>
    public Endpoint? OriginalDestinationOf(int accepted, Endpoint client)
    {
        switch (Options.Kind)
        {
            case ListenerKind.Redirect when OriginalDestination.TryRead(accepted, client.Address.IsIPv4, out var answer):
                // Only an answer with the listener's own port can be the listener itself.
                return answer.Port == Local.Port && answer == SocketName.LocalOf(accepted) ? null : answer;
            case ListenerKind.TProxy when SocketName.LocalOf(accepted) is var local && local != Local:
                return local;
            default:
                return null;
        }
    }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) => await ended.Task.WaitAsync(cancellationToken);

    /// <summary>The kernel refuses new connections once every loop has let go: a descriptor that is closed earlier could be somebody else's by then.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref stopped, 1) != 0)
        {
            return;
        }

        foreach (var (loop, acceptor) in acceptors)
        {
            var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            loop.Post(
                static state =>
                {
                    var (acceptor, left) = ((LoopAcceptor, TaskCompletionSource))state!;
                    acceptor.Stop();
                    left.SetResult();
                },
                (acceptor, left));
            await left.Task;
        }

        socket.Dispose();
        ended.TrySetResult(null);
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default) => await StopAsync();

    public async ValueTask DisposeAsync() => await StopAsync();
}
