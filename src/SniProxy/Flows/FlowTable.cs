// Over 200 lines: whatever is counted of flows is counted under one roof.
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
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
    private readonly OpenFlows flows = new();
    private readonly Dictionary<long, SandboxLoad> loads = [];
    private readonly Lock gate = new();
    private readonly RuleLoads ruleLoads = new();

    // For the sweeper alone, which comes four times a second.
    private readonly List<Flow> swept = [];
    private int isSweeping;
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

    /// <summary>Held for the instant in which a flow's end is settled, by whoever ends it: one for all, for hardly any two meet there.</summary>
    public Lock Ending { get; } = new();

    /// <summary>Milliseconds on a clock that nobody sets back; what deadlines count by.</summary>
    public long Now => MillisecondsAt(clock.GetTimestamp());

    /// <summary>Sandboxes whose load is remembered.</summary>
    public int LoadCount
    {
        get
        {
            lock (gate)
            {
                return loads.Count;
            }
        }
    }

    /// <summary>Sandboxes' loads by rule that are remembered.</summary>
    public int RuleLoadCount => ruleLoads.Count;

    public int Count => Volatile.Read(ref open);

    /// <summary>Those of this moment.</summary>
    public IReadOnlyList<Flow> Open
    {
        get
        {
            lock (gate)
            {
                return flows.ToArray();
            }
        }
    }

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
        var timestamp = clock.GetTimestamp();
        var flow = new Flow(ids.NextId(), timestamp, sandbox, this);
        var now = MillisecondsAt(timestamp);
        lock (gate)
        {
            if (!loads.TryGetValue(sandbox.Lifecycle, out var load))
            {
                loads[sandbox.Lifecycle] = load = new SandboxLoad(limits.NewFlowsPerSecondPerSandbox, now);
            }

            refusal = load.OpenFlows >= limits.MaxFlowsPerSandbox ? Reason.ConnectionLimit
                : load.TryTakeToken(now) ? Reason.None
                : Reason.RateLimited;
            load.OpenFlows++;
            flows.Add(flow);
        }

        return flow;
    }

    public void Remove(Flow flow)
    {
        lock (gate)
        {
            if (flows.Remove(flow))
            {
                loads[flow.Sandbox.Lifecycle].OpenFlows--;
            }
        }
    }

    /// <summary>
    /// Counts a flow against the limits of the rule that lets it pass, before anything is dialled for it. What is over them is answered, and
    /// counts against nothing.
    /// </summary>
    /// <param name="flow">The flow.</param>
    /// <param name="policy">The name of its policy.</param>
    /// <param name="rule">The rule that lets it pass.</param>
    /// <param name="isEnforced">False where the flow's mode only watches.</param>
    public Reason TryCharge(Flow flow, string policy, PolicyRule rule, bool isEnforced)
    {
        if (rule.Limits is not { } limits)
        {
            return Reason.None;
        }

        var load = ruleLoads.Of(RuleKey.Of(flow.Sandbox.Lifecycle, policy, rule), limits, Now);
        var refusal = load.TryEnter(Now);
        if (refusal == Reason.None)
        {
            flow.ChargeTo(new FlowCharge(load, rule.Name, isEnforced, flow.BytesUp));
        }

        return refusal;
    }

    /// <summary>A change has put an open flow under this rule: from now on it counts there, if there are limits.</summary>
    public void Recharge(Flow flow, string policy, PolicyRule? rule, bool isEnforced)
    {
        var load = rule?.Limits is { } limits ? ruleLoads.Of(RuleKey.Of(flow.Sandbox.Lifecycle, policy, rule), limits, Now) : null;
        if (load == flow.Charge?.Load && (load is null || flow.Charge?.IsEnforced == isEnforced))
        {
            return;
        }

        load?.Join();
        flow.ChargeTo(load is null || rule is null ? null : new FlowCharge(load, rule.Name, isEnforced, flow.BytesUp));
    }

    /// <summary>Ends every flow that the predicate names.</summary>
    public int Close(Func<Flow, bool> which, Ending ending, Revocation? revocation = null)
    {
        var closed = 0;
        foreach (var flow in Open)
        {
            if (which(flow))
            {
                flow.Close(ending, revocation);
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

    private long MillisecondsAt(long timestamp) => (long)clock.GetElapsedTime(started, timestamp).TotalMilliseconds;

    private void Sweep()
    {
        if (Interlocked.Exchange(ref isSweeping, 1) != 0)
        {
            // The one before has not ended yet, and sees to the same.
            return;
        }

        var now = Now;
        lock (gate)
        {
            flows.CopyTo(swept);
        }

        foreach (var flow in swept)
        {
            flow.Expire(now);
            flow.Charge?.CloseWhereSpent(flow, now);
        }

        Volatile.Write(ref isSweeping, 0);
        if (now >= nextLoadSweep)
        {
            nextLoadSweep = now + IdleLoadMilliseconds;
            ForgetIdleLoads(now);
            ruleLoads.ForgetIdle(now);
        }
    }

    private void ForgetIdleLoads(long now)
    {
        lock (gate)
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
