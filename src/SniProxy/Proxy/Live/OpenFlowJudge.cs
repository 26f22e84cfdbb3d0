using System.Diagnostics;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;
using SniProxy.Flows;
using SniProxy.Policies;
using SniProxy.Resolutions;
using SniProxy.Sandboxes;
using SniProxy.Storage;

namespace SniProxy.Proxy.Live;

/// <summary>
/// Judges what is open again after a change: flows that would now be denied are closed, bindings whose name would be are dropped, and all else
/// is left untouched. One pass serves all changes that were made before it began; it runs on a thread of its own, so that neither a loop nor
/// a starved pool of threads delays it.
/// </summary>
internal sealed class OpenFlowJudge : IDisposable
{
    // Between two passes, while changes come without a pause: a pass over 5,000 flows takes some milliseconds, and it has a second to be over.
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(20);

    // While bindings are judged: sandboxes choose how many there are, and open flows have a second all the same.
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100);

    // How often open flows are judged again without a change while some rule holds for a time only: a date can come because a clock was set,
    // and the end of a signal's window is another one for each sandbox.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    private readonly SandboxRegistry sandboxes;
    private readonly PolicyBook policies;
    private readonly FlowTable flows;
    private readonly ResolutionMap resolutions;
    private readonly Revisions revisions;
    private readonly ProxyLog log;
    private readonly AutoResetEvent asked = new(false);
    private readonly ManualResetEventSlim ended = new(false);
    private readonly Thread thread;

    // When open flows were judged last, and as of what; the thread's alone.
    private long judgedBy;
    private long judgedAt;

    public OpenFlowJudge(
        SandboxRegistry sandboxes, PolicyBook policies, FlowTable flows, ResolutionMap resolutions, Revisions revisions, ProxyLog log)
    {
        this.sandboxes = sandboxes;
        this.policies = policies;
        this.flows = flows;
        this.resolutions = resolutions;
        this.revisions = revisions;
        this.log = log;
        revisions.Changed += OnChanged;
        thread = new Thread(Run) { IsBackground = true, Name = "open flows" };
        thread.Start();
    }

    /// <summary>False once a change has come after this revision.</summary>
    public bool IsCurrent(long revision) => revisions.IsCurrent(revision);

    /// <summary>Asks for a pass; returns at once.</summary>
    public void Ask() => asked.Set();

    /// <summary>Asks for one where a change has come after this revision.</summary>
    public void AskWhereLate(long revision)
    {
        if (!IsCurrent(revision))
        {
            Ask();
        }
    }

    /// <summary>Judges one flow by what is in force now, and closes it where that denies.</summary>
    public void JudgeAgain(Flow flow)
    {
        if (flow.IsClosed || flow.Kept is not { } kept)
        {
            return;
        }

        var judge = JudgeOf(flow, used: null);
        var verdict = kept.JudgeBy(judge);
        if (verdict.IsDenied && flow.Grant is { } used)
        {
            // What it was counted by may be used up for all others.
            judge = JudgeOf(flow, used);
            verdict = kept.JudgeBy(judge);
        }

        if (!verdict.IsDenied)
        {
            flows.Recharge(flow, judge.Policy?.Name ?? string.Empty, verdict.WouldDeny ? null : verdict.Rule, judge.Mode == Mode.Enforce || judge.IsStrict);
        }
        else if (judge.Policy is not { OnRevoke: RevokeHandling.Keep })
        {
            var words = Words(judge, verdict);
            flow.Close(Ending.Revoked, new Revocation(Reason.PolicyChanged, words, RefusalAnswer.ToRevoked(flow, kept.Protocol, words)));
        }
    }

    public void Dispose()
    {
        revisions.Changed -= OnChanged;
        ended.Set();
        asked.Set();
        thread.Join();
        asked.Dispose();
        ended.Dispose();
    }

    private Judge JudgeOf(Flow flow, string? used) =>
        policies.JudgeOpen((sandboxes, flow.Sandbox), static seen => seen.sandboxes.Current(seen.Sandbox), used);

    private void OnChanged(ApplianceChange change) => Ask();

    private void Run()
    {
        while (!ended.IsSet)
        {
            asked.WaitOne(policies.IsConditional ? Look : Timeout.InfiniteTimeSpan);
            if (!ended.IsSet)
            {
                Pass();
                ended.Wait(Rest);
            }
        }
    }

    private void Pass()
    {
        JudgeFlows();
        try
        {
            JudgeBindings();
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // A binding opens nothing by itself: whoever uses it is judged.
            log.BindingsNotJudged(error);
        }
    }

    private void JudgeFlows()
    {
        (judgedBy, judgedAt) = (revisions.Current, Stopwatch.GetTimestamp());
        foreach (var flow in flows.Open)
        {
            JudgeOrClose(flow);
        }
    }

    // What cannot be judged is not left open.
    private void JudgeOrClose(Flow flow)
    {
        try
        {
            JudgeAgain(flow);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            log.NotJudgedAgain(error);
            flow.Close(Ending.Revoked, new Revocation(Reason.PolicyChanged, "closed: policy_changed: it could not be judged again"));
        }
    }

    private void JudgeBindings()
    {
        // First whose bindings there are: who was given any is a sandbox by then, unless its life has ended.
        var lifecycles = resolutions.Lifecycles.ToList();
        var byLifecycle = sandboxes.List().DistinctBy(sandbox => sandbox.Lifecycle).ToDictionary(sandbox => sandbox.Lifecycle);
        foreach (var lifecycle in lifecycles)
        {
            if ((policies.IsConditional || !IsCurrent(judgedBy)) && Stopwatch.GetElapsedTime(judgedAt) > Between)
            {
                JudgeFlows();
            }

            var sandbox = lifecycle == SandboxRegistry.UnknownLifecycle ? SandboxRegistry.SomebodyUnknown : byLifecycle.GetValueOrDefault(lifecycle);
            if (sandbox is null)
            {
                // An answer was on its way when the life ended.
                resolutions.Forget(lifecycle);
                continue;
            }

            var judge = policies.JudgeOpen(sandbox, static same => same);
            resolutions.Drop(lifecycle, name => IsDenied(judge, name), isHeldToo: judge.Policy is not { OnRevoke: RevokeHandling.Keep });
        }
    }

    private static bool IsDenied(in Judge judge, HostName name) => judge.JudgeName(name).IsDenied;

    private static string Words(in Judge judge, in Verdict verdict)
    {
        var by = verdict.Rule is { } rule ? $"{verdict.Reason.Identifier()} {rule.Name}" : verdict.Reason.Identifier();
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"closed: policy_changed: revision {judge.Revision} denies it ({by})");
    }
}
