using System.Diagnostics;
using System.Threading.Tasks.Sources;
using SniProxy.Core.Contract;
using SniProxy.Proxy.Connections;

namespace SniProxy.Proxy.Loops;

/// <summary>One attempt to connect, until the kernel says how it went, it is late, or somebody ends it.</summary>
internal sealed class LoopAttempt(Loop loop, LoopConnection connection, LoopSocket socket, Endpoint to, long due) : ILoopSocketOwner, IValueTaskSource<DialResult>
{
    private readonly long started = Stopwatch.GetTimestamp();
    private Continuation continuation;
    private DialResult result;
    private bool isDone;

    /// <summary>Whose it is.</summary>
    public LoopConnection Connection => connection;

    /// <summary>When it is late, in <see cref="Stopwatch"/> ticks.</summary>
    public long Due => due;

    public LoopAttempt? Earlier { get; set; }

    public LoopAttempt? Later { get; set; }

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
            socket.Reset();
            Finish(DialResult.Failed(reason));
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => Continuation.Status(isDone);

    public DialResult GetResult(short token) => result;

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        this.continuation.Await(continuation, state);

    private void Finish(in DialResult outcome)
    {
        loop.Attempts.Remove(this);
        isDone = true;
        result = outcome;
        socket.Owner = null;
        continuation.GoOn();
    }
}
