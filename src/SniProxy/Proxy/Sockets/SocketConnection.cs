// Over 200 lines: peeking, writing and relaying of one connection share its pipe, and whoever changes one must see the others.
using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using SniProxy.Core.Contract;
using SniProxy.Enforcement;
using SniProxy.Flows;
using SniProxy.Proxy.Connections;

namespace SniProxy.Proxy.Sockets;

/// <summary>
/// A connection on Kestrel's socket transport. It is read through the transport's pipe, which gives peeking for nothing, and written
/// through the socket itself, because completing the transport's output closes both directions at once.
/// </summary>
internal sealed class SocketConnection : IProxiedConnection
{
    /// <summary>What one direction may hold in this process.</summary>
    public const int BufferBytes = 64 * 1024;

    /// <summary>The client's socket and the upstream's.</summary>
    public const int DescriptorsPerFlow = 2;

    private const int DrainBytes = 64 * 1024;
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(1);

    private readonly Socket socket;
    private readonly PipeReader input;
    private readonly IngressInterfaces interfaces;
    private readonly SocketConnector connector = new();
    private readonly CancellationTokenSource closing = new();
    private Flow? flow;
    private ReadResult peeked;
    private bool holdsPeek;
    private bool isLingering;
    private volatile SocketRelay? relay;

    public SocketConnection(ConnectionContext context, Socket socket, ListenerOptions listener, IngressInterfaces interfaces)
    {
        this.socket = socket;
        this.interfaces = interfaces;
        input = context.Transport.Input;
        Listener = listener;
        Client = socket.RemoteEndPoint is IPEndPoint client ? Endpoint.From(client) : default;
        Local = socket.LocalEndPoint is IPEndPoint local ? Endpoint.From(local) : default;
        OriginalDestination = listener.Kind switch
        {
            ListenerKind.Redirect when Enforcement.OriginalDestination.TryGetRedirected(socket, out var redirected) => redirected,
            ListenerKind.TProxy when Local != Endpoint.From(listener.Endpoint) => Local,
            _ => null,
        };
    }

    public ListenerOptions Listener { get; }

    public Endpoint Client { get; }

    public Endpoint Local { get; }

    public Endpoint? OriginalDestination { get; }

    public string? Ingress => interfaces.Of(socket);

    public ReadOnlyMemory<byte> LastWords { get; private set; }

    public void Attach(Flow flow)
    {
        this.flow = flow;
        flow.CarryBy(this);
    }

    public async ValueTask<DialResult> ConnectAsync(Endpoint to, TimeSpan timeout, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, closing.Token);
        return await connector.ConnectAsync(to, timeout, either.Token);
    }

    public async ValueTask<PeekedBytes> PeekAsync()
    {
        if (holdsPeek)
        {
            input.AdvanceTo(peeked.Buffer.Start, peeked.Buffer.End);
            holdsPeek = false;
        }

        try
        {
            peeked = await input.ReadAsync();
            holdsPeek = true;
        }
        catch (Exception error) when (error is ConnectionResetException or ConnectionAbortedException or InvalidOperationException)
        {
            return new PeekedBytes(ReadOnlySequence<byte>.Empty, PeekStatus.Aborted);
        }

        var status = peeked.IsCanceled ? PeekStatus.Interrupted : peeked.IsCompleted ? PeekStatus.Ended : PeekStatus.Open;
        return new PeekedBytes(peeked.Buffer, status);
    }

    public void Consume(long bytes)
    {
        input.AdvanceTo(peeked.Buffer.GetPosition(bytes));
        holdsPeek = false;
    }

    public async ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        // Not the transport's own token: it is cancelled as soon as the client has closed its direction, and the client may still read.
        using var deadline = new CancellationTokenSource(DrainTime);
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, deadline.Token)..];
            }

            return true;
        }
        catch (Exception error) when (IsGone(error))
        {
            return false;
        }
    }

    public async ValueTask FinishAsync(ReadOnlyMemory<byte> lastWords, long heardOut = 0)
    {
        if (!await SendAsync(lastWords))
        {
            Reset();
            return;
        }

        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (IsGone(error))
        {
            return;
        }

        isLingering = true;
    }

    public async ValueTask LingerAsync()
    {
        if (!isLingering)
        {
            return;
        }

        using var deadline = new CancellationTokenSource(DrainTime);
        try
        {
            for (var drained = 0L; drained < DrainBytes;)
            {
                var read = holdsPeek ? peeked : await input.ReadAsync(deadline.Token);
                holdsPeek = false;
                drained += read.Buffer.Length;
                input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return;
                }
            }
        }
        catch (Exception error) when (error is ConnectionResetException || IsGone(error))
        {
            // It went away, or it takes too long.
        }
    }

    // The socket goes with the context, of which whoever accepted the connection disposes. An interruption may still be on its way from another
    // thread: the source it would cancel has no timer, so that there is nothing of it to free.
    public void Dispose()
    {
    }

    public void Reset() => Sockets.Reset.Abort(socket);

    public async ValueTask<Ending> RelayAsync(IUpstream upstream, RelayTerms terms, IRelayGate? gate)
    {
        var carried = flow ?? throw new InvalidOperationException("A connection is relayed for a flow: attach it first.");
        if (holdsPeek)
        {
            // Nothing is consumed, and the relay's first read has these bytes at once, because it is cancelled. Taking back that they were
            // examined would do as well, but a pipe that goes over its threshold by that does not notice that it is full.
            input.AdvanceTo(peeked.Buffer.Start, peeked.Buffer.End);
            input.CancelPendingRead();
            holdsPeek = false;
        }

        relay = new SocketRelay(input, socket, ((SocketUpstream)upstream).Socket, carried, terms, gate);
        Interlocked.MemoryBarrier();
        if (carried.IsClosed)
        {
            Interrupt();
        }

        var ending = await relay.RunAsync();
        LastWords = relay.LastWords;
        relay = null;
        return ending;
    }

    public void Interrupt()
    {
        if (relay is { } running)
        {
            running.Abort();
        }
        else
        {
            input.CancelPendingRead();
            if (flow is { IsClosed: true })
            {
                closing.Cancel();
            }
        }
    }

    // True for every way in which a peer that went away shows.
    private static bool IsGone(Exception error) =>
        error is SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException;
}
