// Over 200 lines: both directions of a relay end each other, and a reader must see both at once.
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;
using SniProxy.Core.Contract;
using SniProxy.Flows;
using SniProxy.Proxy.Connections;

namespace SniProxy.Proxy.Loops;

/// <summary>
/// Carries bytes between two sockets of a loop. A direction reads only when its last bytes were taken, so a peer that stops reading stops
/// the other. Each half-close is passed on alone, a reset as a reset. Only the gate may wake it from another thread.
/// </summary>
internal sealed class LoopRelay : ILoopSocketOwner, IGatedRelay, IValueTaskSource<Ending>
{
    // What may wait here for a gate's answer. More than any gate needs to see before it can answer; beyond it the client is not read.
    private const int MaxHeldBytes = 256 * 1024;
    private const int HeldBufferBytes = 4096;

    // What one relay may move before the others of its loop have their turn.
    private const int TurnBytes = 1024 * 1024;

    private readonly Loop loop;
    private readonly LoopConnection connection;
    private readonly LoopSocket client;
    private readonly LoopSocket upstream;
    private readonly Flow flow;
    private readonly RelayTerms terms;
    private LoopDirection up = new(isUp: true);
    private LoopDirection down = new(isUp: false);
    private IRelayGate? gate;
    private Continuation continuation;
    private HeldBytes held;
    private Ending ending;
    private ExceptionDispatchInfo? fault;
    private bool isHolding;
    private bool isDropping;
    private bool isRefused;
    private bool isWaitingForTurn;
    private bool isHalfClosed;
    private bool isOver;

    public LoopRelay(
        Loop loop, LoopConnection connection, LoopSocket client, LoopSocket upstream, Flow flow, RelayTerms terms, IRelayGate? gate, ref HeldBytes first, bool hasClientEnded)
    {
        this.loop = loop;
        this.connection = connection;
        this.client = client;
        this.upstream = upstream;
        this.flow = flow;
        this.terms = terms;
        this.gate = gate;
        up.HasEnded = hasClientEnded;
        held = first;
        first = default;
        client.Owner = this;
        upstream.Owner = this;
    }

    [MemberNotNullWhen(false, nameof(gate))]
    private bool IsGateOpen => gate is null;

    public ValueTask<Ending> RunAsync()
    {
        gate?.AttachTo(this);
        if (!isOver)
        {
            TouchDeadline();
            Pump();
        }

        return new ValueTask<Ending>(this, 0);
    }

    public void OnReady(LoopSocket socket)
    {
        if (socket.HasFailed && Kernel.TakeError(socket.Descriptor) != 0)
        {
            EndBy(socket);
            return;
        }

        if ((socket == client ? up.Pipe : down.Pipe) is not null)
        {
            // Also where nothing can be moved now: bytes of a transfer came that the other end has no room for.
            loop.NoteTransfer();
        }

        Pump();
    }

    /// <summary>It is its turn again.</summary>
    public void GoOn()
    {
        isWaitingForTurn = false;
        Pump();
    }

    /// <summary>
    /// The deadline has passed or the flow was closed from outside: ends both directions, by reset but where a client that has heard nothing yet
    /// is to be told.
    /// </summary>
    public void Abort()
    {
        if (!isRefused && !isOver && !down.HasUnsent && flow.LastWords is { IsEmpty: false } words)
        {
            Refuse(GateAnswer.Refuse(words, flow.Ending));
            return;
        }

        End(flow.IsClosed ? flow.Ending : isHalfClosed ? Ending.HalfClosedTimeout : Ending.IdleTimeout);
    }

    public void Wake() => loop.Post(static relay => ((LoopRelay)relay!).OnWoken(), this);

    public ValueTaskSourceStatus GetStatus(short token) => Continuation.Status(isOver);

    public Ending GetResult(short token)
    {
        fault?.Throw();
        return ending;
    }

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        this.continuation.Await(continuation, state);

    private void Pump()
    {
        try
        {
            Pump(ref down);
            Pump(ref up);
            if (up.IsOver && down.IsOver)
            {
                Finish(Ending.Closed);
            }
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // A gate that fails has let nothing pass; whoever awaits the relay hears of it.
            fault = ExceptionDispatchInfo.Capture(error);
            End(Ending.Fault);
        }
    }

    private LoopSocket From(in LoopDirection direction) => direction.IsUp ? client : upstream;

    private LoopSocket To(in LoopDirection direction) => direction.IsUp ? upstream : client;

    // Moves what can be moved now.
    private void Pump(ref LoopDirection direction)
    {
        var turn = TurnBytes;
        var moved = false;
        while (!isOver && !direction.IsOver && TrySendUnsent(ref direction))
        {
            if (direction.IsUp && held.Length > 0 && !isHolding)
            {
                AskGate();
                moved = true;
                continue;
            }

            if (direction.HasEnded)
            {
                PassOnEnd(ref direction);
                break;
            }

            if (isHolding && direction.IsUp && held.Length >= MaxHeldBytes)
            {
                break;
            }

            if (!From(direction).IsReadable)
            {
                break;
            }

            if (turn <= 0)
            {
                WaitForTurn();
                break;
            }

            var bytes = Read(ref direction);
            turn -= bytes;
            moved |= bytes > 0;
        }

        if (moved && !isOver)
        {
            loop.NoteServing(true);
            TouchDeadline();
        }
    }

    // True when nothing of this direction waits for its receiver any more.
    private bool TrySendUnsent(ref LoopDirection direction)
    {
        while (direction.HasUnsent)
        {
            if (!To(direction).IsWritable)
            {
                return false;
            }

            var sent = direction.Pipe is { Held: > 0 } pipe ? SpliceOut(direction, pipe) : To(direction).Send(direction.Unsent.Span);
            if (sent < 0)
            {
                EndBy(To(direction));
                return false;
            }

            Count(direction, sent);
            if (direction.Unsent.Length > 0)
            {
                direction.Unsent.Take(sent);
            }
        }

        if (!direction.IsUp && isRefused)
        {
            Finish(ending);
            return false;
        }

        return true;
    }

    private int Read(ref LoopDirection direction)
    {
        if (direction.IsUp && (!IsGateOpen || isDropping || held.Length > 0))
        {
            return ReadForGate();
        }

        // Splicing does not get past an urgent byte.
        if (direction.IsTransfer && !From(direction).HasUrgent && IsGateOpen && (direction.Pipe ??= loop.Pipes.Rent()) is { } pipe)
        {
            return SpliceIn(ref direction, pipe);
        }

        var buffer = loop.Buffer;
        var received = From(direction).Receive(buffer);
        if (received <= 0)
        {
            return Stop(ref direction, received);
        }

        direction.CountRead(received);
        var mustAsk = !direction.IsUp && ShowGate(buffer.AsSpan(0, received));
        Send(ref direction, buffer.AsSpan(0, received));
        if (mustAsk && !isOver)
        {
            isHolding = false;
            Pump(ref up);
        }

        return received;
    }

    // Nothing came: the end, an error, or not yet.
    private int Stop(ref LoopDirection direction, int received)
    {
        if (received == 0)
        {
            direction.HasEnded = true;

            // What a gate has held back so far is asked about once more: nothing will follow it.
            isHolding &= !direction.IsUp;
        }
        else if (received != Kernel.WouldBlock)
        {
            EndBy(From(direction));
        }

        return 0;
    }

    private int ReadForGate()
    {
        var received = isDropping ? client.Receive(loop.Buffer) : client.Receive(held.Room(HeldBufferBytes));
        if (received <= 0)
        {
            return Stop(ref up, received);
        }

        if (!isDropping)
        {
            held.Add(received);
            isHolding = false;
        }

        return received;
    }

    // True where the client's held bytes are to be asked about again.
    private bool ShowGate(ReadOnlySpan<byte> bytes)
    {
        var mustAsk = !IsGateOpen && gate.OnServerBytes(bytes);
        LetGoOfOpenGate();
        return mustAsk;
    }

    // Asks about what is held until it is gone, must wait, or the upstream takes no more.
    private void AskGate()
    {
        var answer = IsGateOpen ? GateAnswer.Forward(held.Length) : gate.OnClientBytes(held.Sequence);
        switch (answer.Kind)
        {
            case GateAnswerKind.Forward:
                Send(ref up, held.Span[..(int)answer.Bytes]);
                held.Take((int)answer.Bytes);
                break;

            case GateAnswerKind.Replace:
                Send(ref up, answer.Words.Span);
                held.Take((int)answer.Bytes);
                break;

            case GateAnswerKind.Finish:
                held.Release();
                isDropping = true;
                break;

            case GateAnswerKind.Wait when up.HasEnded:
                // What is held back can never be judged now.
                End(Ending.ClientAborted);
                break;

            case GateAnswerKind.Wait:
                isHolding = true;
                break;

            default:
                Refuse(answer);
                break;
        }

        LetGoOfOpenGate();
    }

    private void Send(ref LoopDirection direction, ReadOnlySpan<byte> bytes)
    {
        var sent = To(direction).IsWritable && !direction.HasUnsent ? To(direction).Send(bytes) : 0;
        if (sent < 0)
        {
            EndBy(To(direction));
            return;
        }

        Count(direction, sent);
        if (sent < bytes.Length)
        {
            direction.Unsent.Add(bytes[sent..]);
        }
    }

    private int SpliceIn(ref LoopDirection direction, LoopPipe pipe)
    {
        var moved = Kernel.Splice(From(direction).Descriptor, pipe.Input, PipePool.PipeBytes);
        if (moved > 0)
        {
            loop.NoteTransfer();
            pipe.Held = moved;
            return moved;
        }

        direction.Release(loop.Pipes);
        if (moved == 0)
        {
            // The end, or an urgent byte with the end somewhere behind it: only reading tells them apart.
            From(direction).HasUrgent = true;
            return 0;
        }

        if (moved == Kernel.WouldBlock)
        {
            From(direction).IsReadable = false;
        }

        return Stop(ref direction, moved);
    }

    private int SpliceOut(in LoopDirection direction, LoopPipe pipe)
    {
        var moved = Kernel.Splice(pipe.Output, To(direction).Descriptor, pipe.Held);
        if (moved == Kernel.WouldBlock)
        {
            To(direction).IsWritable = false;
            return 0;
        }

        if (moved == 0)
        {
            // The pipe says that it is empty while we know of bytes in it: whatever became of them, the flow cannot go on without.
            return Kernel.BrokenPipe;
        }

        pipe.Held -= Math.Max(moved, 0);
        return moved;
    }

    private void PassOnEnd(ref LoopDirection direction)
    {
        direction.IsOver = true;
        direction.Release(loop.Pipes);
        if (up.IsOver && down.IsOver)
        {
            // Both sockets are about to be closed, and that tells their peers the same.
            return;
        }

        To(direction).FinishSending();
        isHalfClosed = true;
        TouchDeadline();
    }

    // No further byte goes up; what the server has said still reaches the client, then its last words.
    private void Refuse(in GateAnswer answer)
    {
        if (answer.Words.IsEmpty)
        {
            End(answer.Ending);
            return;
        }

        connection.LastWords = answer.Words;
        ending = answer.Ending;
        isRefused = true;
        held.Release();
        up.Release(loop.Pipes);
        up.IsOver = true;
        upstream.Reset();
        TrySendUnsent(ref down);
    }

    // Of all that a relay holds the gate is the most, and a connection may stand for hours after the bytes that opened it.
    private void LetGoOfOpenGate()
    {
        if (gate is { IsOpen: true })
        {
            LetGoOfGate();
        }
    }

    private void LetGoOfGate()
    {
        gate?.Dispose();
        gate = null;
    }

    private void OnWoken()
    {
        isHolding = false;
        LetGoOfOpenGate();
        if (!isOver)
        {
            Pump();
        }
    }

    private void WaitForTurn()
    {
        if (!isWaitingForTurn)
        {
            isWaitingForTurn = true;
            loop.Again(this);
        }
    }

    private void EndBy(LoopSocket socket)
    {
        // Cut off by a refusal: the client is about to be told, and must not be reset for the upstream's end.
        if (!isRefused || socket == client)
        {
            End(socket == client ? Ending.ClientReset : Ending.UpstreamReset);
        }
    }

    private void End(Ending cause)
    {
        if (!isOver)
        {
            connection.LastWords = default;
            upstream.Reset();
            client.Reset();
            Finish(cause);
        }
    }

    private void Finish(Ending cause)
    {
        if (isOver)
        {
            return;
        }

        isOver = true;
        ending = cause;
        held.Release();
        up.Release(loop.Pipes);
        down.Release(loop.Pipes);
        LetGoOfGate();
        flow.ClearDeadline();
        upstream.Dispose();
        connection.TakeBack();
        continuation.GoOn();
    }

    private void Count(in LoopDirection direction, int bytes)
    {
        if (direction.IsUp)
        {
            flow.CountUp(bytes);
        }
        else
        {
            flow.CountDown(bytes);
        }
    }

    private void TouchDeadline() => flow.SetDeadline(isHalfClosed ? terms.HalfClosedTimeout : terms.IdleTimeout);
}
