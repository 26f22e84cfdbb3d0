using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Events;

namespace SniProxy.Flows;

/// <summary>
/// One live connection of a sandbox, from its admission to its end: who it belongs to, what it has carried, and until when it may
/// wait for what it waits for. Whoever carries the bytes counts them and obeys the interruption; <see cref="FlowTable"/> watches.
/// </summary>
internal sealed class Flow(DecisionId id, long started, Sandbox sandbox, FlowTable table) : IDisposable
{
    private const long Never = long.MaxValue;

    private long bytesUp;
    private long bytesDown;
    private long deadline = Never;
    private IFlowCarrier? carrier;
    private KeptFacts? kept;
    private FlowCharge? charge;
    private bool isOver;
    private volatile bool closed;
    private volatile bool expired;

    public string Id { get; } = id.ToString();

    /// <summary>When it came, be it refused or not.</summary>
    public DateTimeOffset Time { get; } = id.Time;

    /// <summary>The same as a timestamp, to measure from: of the one clock that all rooms are given.</summary>
    public long Started { get; } = started;

    public Sandbox Sandbox { get; } = sandbox;

    /// <summary>Where it stands among those that are open: theirs alone.</summary>
    public int Place { get; set; } = -1;

    public long BytesUp => Volatile.Read(ref bytesUp);

    public long BytesDown => Volatile.Read(ref bytesDown);

    /// <summary>True once something outside the connection has ended the flow: see <see cref="Ending"/>.</summary>
    public bool IsClosed => closed;

    /// <summary>Why the flow was ended from outside; meaningful once <see cref="IsClosed"/>.</summary>
    public Ending Ending { get; private set; }

    /// <summary>Why a change ended the flow, where one did; meaningful once <see cref="IsClosed"/>.</summary>
    public Revocation? Revocation { get; private set; }

    /// <summary>
    /// What is left to tell the client of a flow that a change has ended: in the middle of what a server says there is no place for it.
    /// </summary>
    public ReadOnlyMemory<byte> LastWords => closed && BytesDown == 0 && Revocation is { } why ? why.LastWords : default;

    /// <summary>What the flow is judged by again when something changes; null until it was let through.</summary>
    public KeptFacts? Kept => Volatile.Read(ref kept);

    /// <summary>The rule whose limits the flow counts against; null where its rule has none.</summary>
    public FlowCharge? Charge => Volatile.Read(ref charge);

    /// <summary>The grant that let the flow pass, and counted it; null for none.</summary>
    public string? Grant { get; set; }

    /// <summary>True from the moment the deadline passes until a new one is set.</summary>
    public bool IsExpired => expired;

    public void CountUp(long bytes) => Interlocked.Add(ref bytesUp, bytes);

    public void CountDown(long bytes) => Interlocked.Add(ref bytesDown, bytes);

    /// <summary>
    /// Keeps what the flow is to be judged by from now on. The caller looks afterwards whether something has changed meanwhile: by the fence
    /// either it sees the change, or whoever made that sees the facts.
    /// </summary>
    public void Keep(KeptFacts facts) => Interlocked.Exchange(ref kept, facts);

    /// <summary>Counts the flow against a rule from now on, or against none; what it has sent until now stays where it was counted.</summary>
    public void ChargeTo(FlowCharge? next)
    {
        FlowCharge? before;
        lock (table.Ending)
        {
            // Whoever comes after the end has nobody left to count for.
            before = isOver ? next : charge;
            charge = isOver ? null : next;
        }

        before?.Settle(BytesUp, table.Now);
        before?.Load.Leave();
    }

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

    /// <summary>Who is interrupted when the deadline passes or the flow is closed.</summary>
    public void CarryBy(IFlowCarrier by)
    {
        // A full fence between writing this and reading that, here and where they are read and written the other way round: a flow that is
        // closed meanwhile is seen by one of the two threads at least.
        Interlocked.Exchange(ref carrier, by);
        if (closed || expired)
        {
            by.Interrupt();
        }
    }

    /// <summary>
    /// Ends the flow from outside: a change of policy, a removed sandbox, the end of the drain. The first caller's ending stands.
    /// </summary>
    /// <param name="ending">How it ends.</param>
    /// <param name="revocation">Why, where a change did it.</param>
    public void Close(Ending ending, Revocation? revocation = null)
    {
        lock (table.Ending)
        {
            if (closed)
            {
                return;
            }

            (Ending, Revocation) = (ending, revocation);
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

    public void Dispose()
    {
        FlowCharge? last;
        lock (table.Ending)
        {
            (last, charge, isOver) = (charge, null, true);
        }

        last?.Settle(BytesUp, table.Now);
        last?.Load.Leave();
        table.Remove(this);
    }

    private void Interrupt()
    {
        Interlocked.MemoryBarrier();
        Volatile.Read(ref carrier)?.Interrupt();
    }
}
