using SniProxy.Core.Contract;

namespace SniProxy.Flows;

/// <summary>
/// One live connection of a sandbox, from its admission to its end: who it belongs to, what it has carried, and until when it may
/// wait for what it waits for. Whoever carries the bytes counts them and obeys the interruption; <see cref="FlowTable"/> watches.
/// </summary>
internal sealed class Flow(string id, Sandbox sandbox, FlowTable table) : IDisposable
{
    private const long Never = long.MaxValue;

    private readonly Lock closing = new();
    private long bytesUp;
    private long bytesDown;
    private long deadline = Never;
    private Action? interrupt;
    private volatile bool closed;
    private volatile bool expired;

    public string Id { get; } = id;

    public Sandbox Sandbox { get; } = sandbox;

    public long BytesUp => Volatile.Read(ref bytesUp);

    public long BytesDown => Volatile.Read(ref bytesDown);

    /// <summary>True once something outside the connection has ended the flow: see <see cref="Ending"/>.</summary>
    public bool IsClosed => closed;

    /// <summary>Why the flow was ended from outside; meaningful once <see cref="IsClosed"/>.</summary>
    public Ending Ending { get; private set; }

    /// <summary>True from the moment the deadline passes until a new one is set.</summary>
    public bool IsExpired => expired;

    public void CountUp(long bytes) => Interlocked.Add(ref bytesUp, bytes);

    public void CountDown(long bytes) => Interlocked.Add(ref bytesDown, bytes);

    /// <summary>Sets the one deadline in force. It is absolute: progress does not move it unless the carrier sets a new one.</summary>
    public void SetDeadline(TimeSpan after)
    {
        expired = false;
        Volatile.Write(ref deadline, table.Now + (long)after.TotalMilliseconds);
    }

    public void ClearDeadline()
    {
        Volatile.Write(ref deadline, Never);
        expired = false;
    }

    /// <summary>What makes the carrier stop waiting: called from any thread when the deadline passes or the flow is closed.</summary>
    public void OnInterrupt(Action action)
    {
        // A full fence between writing this and reading that, here and where they are read and written the other way round: a flow that is
        // closed meanwhile is seen by one of the two threads at least.
        Interlocked.Exchange(ref interrupt, action);
        if (closed || expired)
        {
            action();
        }
    }

    /// <summary>
    /// Ends the flow from outside: a change of policy, a removed sandbox, the end of the drain. The first caller's ending stands.
    /// </summary>
    public void Close(Ending ending)
    {
        lock (closing)
        {
            if (closed)
            {
                return;
            }

            Ending = ending;
            closed = true;
        }

        Interrupt();
    }

    /// <summary>Interrupts the carrier when the deadline has passed.</summary>
    public void Expire(long now)
    {
        var due = Volatile.Read(ref deadline);
        if (due <= now && Interlocked.CompareExchange(ref deadline, Never, due) == due)
        {
            expired = true;
            Interrupt();
        }
    }

    public void Dispose() => table.Remove(this);

    private void Interrupt()
    {
        Interlocked.MemoryBarrier();
        Volatile.Read(ref interrupt)?.Invoke();
    }
}
