using System.Diagnostics;
using System.Threading.Tasks.Sources;
using SniProxy.Core.Contract;
using SniProxy.Proxy.Connections;

namespace SniProxy.Proxy.Loops;

/// <summary>
/// One attempt to connect, until the kernel says how it went, it is late, or somebody ends it. Once its result was taken it serves the next one,
/// unless somebody may still want to end it.
/// </summary>
internal sealed class LoopAttempt(LoopAttempts attempts) : ILoopSocketOwner, IValueTaskSource<DialResult>
{
    private LoopSocket? socket;
    private Endpoint to;
    private long started;
    private Continuation continuation;
    private DialResult result;
    private bool isDone;
    private bool isShared;

    /// <summary>Whose it is.</summary>
    public LoopConnection? Connection { get; private set; }

    /// <summary>When it is late, in <see cref="Stopwatch"/> ticks.</summary>
    public long Due { get; private set; }

    public LoopAttempt? Earlier { get; set; }

    public LoopAttempt? Later { get; set; }

    public void Begin(LoopConnection connection, LoopSocket with, Endpoint destination, TimeSpan timeout)
    {
        Connection = connection;
        socket = with;
        to = destination;
        started = Stopwatch.GetTimestamp();
        Due = started + (long)(timeout.TotalSeconds * Stopwatch.Frequency);
        isDone = false;
        with.Owner = this;
    }

    /// <summary>Somebody beside the connection keeps it, to end it some time.</summary>
    public void Share() => isShared = true;

    public void OnReady(LoopSocket ready)
    {
        if (ready.HasFailed)
        {
            Fail(Kernel.TakeError(ready.Descriptor) == Kernel.TimedOut ? Reason.UpstreamTimeout : Reason.UpstreamUnreachable);
        }
        else if (ready.IsWritable)
        {
            Finish(new DialResult(ready, to, Stopwatch.GetElapsedTime(started), Reason.None));
        }
    }

    /// <summary>Gives it up. Whoever has answered meanwhile learns it by a reset.</summary>
    public void Fail(Reason reason)
    {
        if (!isDone)
        {
            socket?.Reset();
            Finish(DialResult.Failed(reason));
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => Continuation.Status(isDone);

    public DialResult GetResult(short token)
    {
        var taken = result;
        (Connection, socket, result) = (null, null, default);
        if (!isShared)
        {
            attempts.Keep(this);
        }

        return taken;
    }

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        this.continuation.Await(continuation, state);

    private void Finish(in DialResult outcome)
    {
        attempts.Remove(this);
        isDone = true;
        result = outcome;
        if (socket is { } watched)
        {
            watched.Owner = null;
        }

        continuation.GoOn();
    }
}
