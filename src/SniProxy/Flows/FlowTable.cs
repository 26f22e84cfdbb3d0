using System.Collections.Concurrent;
using SniProxy.Core.Contract;
using SniProxy.Events;

namespace SniProxy.Flows;

/// <summary>
/// All live flows. Admits new ones within the limits, and carries out every deadline from one timer, so that a connection costs no
/// timer of its own.
/// </summary>
internal sealed class FlowTable : IDisposable
{
    // Deadlines are seconds long; a quarter of a second late is within what the time-outs promise.
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan DrainPoll = TimeSpan.FromMilliseconds(20);

    // A load record without flows says nothing once its bucket is full again.
    private const long IdleLoadMilliseconds = 10_000;

    private readonly FlowLimits limits;
    private readonly EventIds ids;
    private readonly ConcurrentDictionary<Flow, byte> flows = new();
    private readonly Dictionary<long, SandboxLoad> loads = [];
    private readonly Lock loadsLock = new();
    private readonly TimeProvider clock;
    private readonly long started;
    private readonly Timer sweeper;
    private int open;
    private volatile int maxFlows;
    private long nextLoadSweep = IdleLoadMilliseconds;

    public FlowTable(FlowLimits limits, EventIds ids, TimeProvider? clock = null)
    {
        this.limits = limits;
        this.ids = ids;
        maxFlows = limits.MaxFlows;
        this.clock = clock ?? TimeProvider.System;
        started = this.clock.GetTimestamp();
        sweeper = new Timer(static table => ((FlowTable)table!).Sweep(), this, SweepInterval, SweepInterval);
    }

    /// <summary>Milliseconds on a clock that nobody sets back; what deadlines count by.</summary>
    public long Now => (long)clock.GetElapsedTime(started).TotalMilliseconds;

    /// <summary>Sandboxes whose load is remembered.</summary>
    public int LoadCount
    {
        get
        {
            lock (loadsLock)
            {
                return loads.Count;
            }
        }
    }

    public int Count => Volatile.Read(ref open);

    public IEnumerable<Flow> Open => flows.Keys;

    /// <summary>
    /// Reserves a place among all flows, before anything is spent on the connection. Every true is followed by one <see cref="Leave"/>.
    /// </summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref open) <= maxFlows)
        {
            return true;
        }

        Interlocked.Decrement(ref open);
        return false;
    }

    /// <summary>One more place, whatever the limit: something of a flow stays when the flow itself is about to leave. Followed by one <see cref="Leave"/>.</summary>
    public void Stay() => Interlocked.Increment(ref open);

    /// <summary>Replaces the limit on all flows: how much room there is may show only once everything has started.</summary>
    public void Confine(int atMost) => maxFlows = atMost;

    public void Leave() => Interlocked.Decrement(ref open);

    /// <summary>
    /// Opens a flow. It is made even when the sandbox's limits refuse it, because its refusal is an event too: <paramref name="refusal"/>
    /// says so.
    /// </summary>
    public Flow Add(Sandbox sandbox, out Reason refusal)
    {
        var flow = new Flow(ids.Next(), sandbox, this);
        var now = Now;
        lock (loadsLock)
        {
            if (!loads.TryGetValue(sandbox.Lifecycle, out var load))
            {
                loads[sandbox.Lifecycle] = load = new SandboxLoad(limits.NewFlowsPerSecondPerSandbox, now);
            }

            refusal = load.OpenFlows >= limits.MaxFlowsPerSandbox ? Reason.ConnectionLimit
                : load.TryTakeToken(now) ? Reason.None
                : Reason.RateLimited;
            load.OpenFlows++;
        }

        flows.TryAdd(flow, 0);
        return flow;
    }

    public void Remove(Flow flow)
    {
        if (!flows.TryRemove(flow, out _))
        {
            return;
        }

        lock (loadsLock)
        {
            loads[flow.Sandbox.Lifecycle].OpenFlows--;
        }
    }

    /// <summary>Ends every flow that the predicate names.</summary>
    public int Close(Func<Flow, bool> which, Ending ending)
    {
        var closed = 0;
        foreach (var flow in flows.Keys)
        {
            if (which(flow))
            {
                flow.Close(ending);
                closed++;
            }
        }

        return closed;
    }

    /// <summary>Returns when no flow is open, or after the time given.</summary>
    public async Task WaitUntilEmptyAsync(TimeSpan atMost)
    {
        var until = Now + (long)atMost.TotalMilliseconds;
        while (Count > 0 && Now < until)
        {
            await Task.Delay(DrainPoll);
        }
    }

    public void Dispose() => sweeper.Dispose();

    private void Sweep()
    {
        var now = Now;
        foreach (var (flow, _) in flows)
        {
            flow.Expire(now);
        }

        if (now >= nextLoadSweep)
        {
            nextLoadSweep = now + IdleLoadMilliseconds;
            ForgetIdleLoads(now);
        }
    }

    private void ForgetIdleLoads(long now)
    {
        lock (loadsLock)
        {
            foreach (var (lifecycle, load) in loads)
            {
                if (load.OpenFlows == 0 && now - load.LastUsed > IdleLoadMilliseconds)
                {
                    loads.Remove(lifecycle);
                }
            }
        }
    }
}
