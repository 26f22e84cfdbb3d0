// Over 200 lines: a connection waits for one thing at a time, and all that it can wait for stands together.
using System.Buffers;
using System.Threading.Tasks.Sources;
using SniProxy.Core.Contract;
using SniProxy.Flows;
using SniProxy.Proxy.Connections;

namespace SniProxy.Proxy.Loops;

/// <summary>A client's connection on a loop. Only <see cref="Interrupt"/> is for other threads.</summary>
internal sealed class LoopConnection : LoopContext, IProxiedConnection, ILoopSocketOwner,
    IValueTaskSource, IValueTaskSource<PeekedBytes>, IValueTaskSource<bool>
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(1);

    private readonly Loop loop;
    private readonly LoopSocket socket;
    private readonly LoopAcceptor acceptor;
    private readonly Endpoint client;
    private Flow? flow;
    private LoopRelay? relay;
    private Continuation continuation;
    private HeldBytes held;
    private int seenBytes;
    private ReadOnlyMemory<byte> unsent;
    private Wait waiting;
    private bool isInterrupted;
    private bool hasEnded;
    private bool isGone;
    private bool isFinishing;
    private bool isLingering;

    public LoopConnection(Loop loop, LoopSocket socket, LoopAcceptor acceptor, Endpoint client)
    {
        this.loop = loop;
        this.socket = socket;
        this.acceptor = acceptor;
        this.client = client;
        socket.Owner = this;
    }

    private enum Wait : byte
    {
        Nothing = 0,
        Bytes,
        Room,
        End,
    }

    public ListenerOptions Listener => acceptor.Listener.Options;

    public Endpoint Client => client;

    public Endpoint Local => SocketName.LocalOf(socket.Descriptor);

    public Endpoint? OriginalDestination { get; private set; }

    public string? Ingress => acceptor.Interfaces.Of(socket.Descriptor, acceptor.Listener.IsIPv6Socket);

    public ReadOnlyMemory<byte> LastWords { get; set; }

    public override string ConnectionId
    {
        get => flow?.Id ?? string.Empty;
        set => throw new NotSupportedException("A flow's id is given by the flow table.");
    }

    /// <summary>Asks the kernel for what is known already: where the client wanted to go, and its first bytes.</summary>
    public void LookAhead()
    {
        OriginalDestination = acceptor.Listener.OriginalDestinationOf(socket.Descriptor, client);
        HasSomethingToPeek();
    }

    public void Attach(Flow flow)
    {
        this.flow = flow;
        flow.CarryBy(this);
    }

    public ValueTask<DialResult> ConnectAsync(Endpoint to, TimeSpan timeout, CancellationToken cancellation)
    {
        if (flow is { IsClosed: true } || loop.Attempts.Begin(this, to, timeout) is not { } attempt)
        {
            return new(DialResult.Failed(Reason.UpstreamUnreachable));
        }

        if (cancellation.CanBeCanceled)
        {
            attempt.Share();
            cancellation.UnsafeRegister(static state =>
            {
                var (loop, attempt) = ((Loop, LoopAttempt))state!;
                loop.Post(static attempt => ((LoopAttempt)attempt!).Fail(Reason.UpstreamTimeout), attempt);
            }, (loop, attempt));
        }

        return new ValueTask<DialResult>(attempt, 0);
    }

    public ValueTask<PeekedBytes> PeekAsync()
    {
        if (HasSomethingToPeek())
        {
            return new(TakePeeked());
        }

        if (!TryWaitFor(Wait.Bytes))
        {
            isGone = true;
            return new(TakePeeked());
        }

        return new ValueTask<PeekedBytes>(this, 0);
    }

    public void Consume(long bytes)
    {
        held.Take((int)bytes);
        seenBytes = 0;
    }

    public ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        unsent = bytes;
        if (HasSent())
        {
            return new(!isGone);
        }

        flow?.SetDeadline(DrainTime);
        return TryWaitFor(Wait.Room) ? new ValueTask<bool>(this, 0) : new(false);
    }

    public ValueTask FinishAsync(ReadOnlyMemory<byte> lastWords, long heardOut = 0)
    {
        var isHeardOut = held.Length > 0 && held.Length == heardOut;
        held.Release();
        if (socket.IsClosed)
        {
            return default;
        }

        unsent = lastWords;
        isFinishing = true;
        isInterrupted = false;
        if (isHeardOut && HasSent() && !isGone)
        {
            // Nothing is unread and nothing more comes: words and end are one packet, and nobody has to linger.
            loop.Leavers.Add(socket, acceptor.Flows);
            return default;
        }

        if (HasFinished())
        {
            return default;
        }

        flow?.SetDeadline(DrainTime);
        if (TryWaitFor(Wait.End))
        {
            return new ValueTask(this, 0);
        }

        socket.Reset();
        return default;
    }

    // Whoever has to linger is with the loop's lingerers since it was told.
    public ValueTask LingerAsync() => default;

    public void Reset() => socket.Reset();

    public ValueTask<Ending> RelayAsync(IUpstream upstream, RelayTerms terms, IRelayGate? gate)
    {
        var carried = flow ?? throw new InvalidOperationException("A connection is relayed for a flow: attach it first.");
        if (isGone)
        {
            // It left before anybody looked, and the error that said so has been taken.
            ((LoopSocket)upstream).Reset();
            return new(Ending.ClientReset);
        }

        relay = new LoopRelay(loop, this, socket, (LoopSocket)upstream, carried, terms, gate, ref held, hasEnded);
        if (carried.IsClosed || !loop.TryWatch(socket))
        {
            relay.Abort();
        }

        return relay.RunAsync();
    }

    /// <summary>The relay is over; the client's socket is this connection's again, if it is still open.</summary>
    public void TakeBack()
    {
        relay = null;
        if (!socket.IsClosed)
        {
            socket.Owner = this;
        }
    }

    public void Dispose()
    {
        held.Release();
        if (!isLingering)
        {
            socket.Dispose();
        }
    }

    public void Interrupt() => loop.Post(static connection => ((LoopConnection)connection!).OnInterrupted(), this);

    public void OnReady(LoopSocket ready)
    {
        var isDone = waiting switch
        {
            Wait.Bytes => HasSomethingToPeek(),
            Wait.Room => HasSent(),
            Wait.End => HasFinished(),
            _ => false,
        };
        if (isDone)
        {
            GoOn();
        }
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => Continuation.Status(waiting == Wait.Nothing);

    ValueTaskSourceStatus IValueTaskSource<PeekedBytes>.GetStatus(short token) => Continuation.Status(waiting == Wait.Nothing);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => Continuation.Status(waiting == Wait.Nothing);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        this.continuation.Await(continuation, state);

    void IValueTaskSource.GetResult(short token)
    {
    }

    PeekedBytes IValueTaskSource<PeekedBytes>.GetResult(short token) => TakePeeked();

    bool IValueTaskSource<bool>.GetResult(short token) => !isGone;

    // False where the kernel does not watch it: then nobody would ever go on.
    private bool TryWaitFor(Wait what)
    {
        if (!loop.TryWatch(socket))
        {
            return false;
        }

        waiting = what;
        return true;
    }

    private void GoOn()
    {
        waiting = Wait.Nothing;
        continuation.GoOn();
    }

    private void OnInterrupted()
    {
        if (relay is { } running)
        {
            running.Abort();
            return;
        }

        isInterrupted = true;
        if (flow is { IsClosed: true })
        {
            loop.Attempts.EndOf(this);
        }

        if (waiting != Wait.Nothing)
        {
            isGone |= waiting == Wait.Room;
            GoOn();
        }
    }

    private bool HasSomethingToPeek()
    {
        if (held.Length > seenBytes || hasEnded || isGone || isInterrupted)
        {
            return true;
        }

        if (!socket.IsReadable)
        {
            return false;
        }

        var received = socket.Receive(held.Room(FirstBuffers.Bytes));
        if (received > 0)
        {
            held.Add(received);
            return true;
        }

        hasEnded = received == 0;
        isGone = received < 0 && received != Kernel.WouldBlock;
        return hasEnded || isGone;
    }

    private PeekedBytes TakePeeked()
    {
        var status = isGone ? PeekStatus.Aborted : hasEnded ? PeekStatus.Ended : isInterrupted ? PeekStatus.Interrupted : PeekStatus.Open;
        isInterrupted = false;
        seenBytes = held.Length;
        return new PeekedBytes(held.Sequence, status);
    }

    private bool HasSent()
    {
        while (!unsent.IsEmpty)
        {
            if (socket.IsClosed)
            {
                isGone = true;
                return true;
            }

            var sent = socket.Send(unsent.Span, isFinishing);
            if (sent == 0)
            {
                return false;
            }

            if (sent < 0)
            {
                isGone = true;
                return true;
            }

            unsent = unsent[sent..];
        }

        return true;
    }

    // The last words and the end; reading on until the client has closed is the loop's.
    private bool HasFinished()
    {
        var hasSent = HasSent();
        if (!hasSent && !isInterrupted)
        {
            return false;
        }

        if (!hasSent || isGone)
        {
            socket.Reset();
            return true;
        }

        socket.FinishSending();
        isLingering = true;
        loop.Lingerers.Add(socket, acceptor.Flows);
        return true;
    }
}
