using SniProxy.Core.Contract;

namespace SniProxy.Events;

/// <summary>
/// Refusals that cost a client nothing and that it can cause by the thousand: what is over a limit. The first of a kind is told at once;
/// those that follow within the second are counted and told as one at its end, and as long as there are any, one second follows the
/// other. A kind writes one line a second, however fast it comes, and the counts add up to what happened.
/// </summary>
internal sealed class RefusalTally : IAsyncDisposable
{
    /// <summary>Sources of whatever lifecycle, once there are too many kinds to keep them apart.</summary>
    private const long Others = -1;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly int maxKinds;
    private readonly Action<FlowEvent> tell;
    private readonly Lock gate = new();
    private readonly Lock telling = new();
    private readonly Dictionary<Kind, EventFold?> kinds = [];
    private readonly ITimer timer;
    private bool isClosed;

    /// <param name="maxKinds">As many sources are kept apart; further ones are counted together.</param>
    /// <param name="tell">Takes what is to be told.</param>
    /// <param name="clock">Measures the seconds.</param>
    public RefusalTally(int maxKinds, Action<FlowEvent> tell, TimeProvider clock)
    {
        this.maxKinds = maxKinds;
        this.tell = tell;
        timer = clock.CreateTimer(
            static tally => ((RefusalTally?)tally)?.Tell(goesOn: true), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <returns>True where it was counted, false where it was told at once.</returns>
    public bool Add(long source, in FlowEvent refusal)
    {
        if (TryCount(source, refusal))
        {
            return true;
        }

        tell(refusal);
        return false;
    }

    /// <summary>Counts one more of a kind of which one is counted already; false where it has to be added as an event.</summary>
    public bool TryCount(long source, in DnsDecision refusal)
    {
        lock (gate)
        {
            if (kinds.GetValueOrDefault(new Kind(source, refusal.Verdict.Reason, DnsDecision.Listener)) is not { } fold)
            {
                return false;
            }

            var name = refusal.Name?.Value;
            fold.Add(1, refusal.Id.Time, refusal.Sandbox.Id, name, name);
            return true;
        }
    }

    /// <summary>Tells what was counted until now.</summary>
    public void Flush() => Tell(goesOn: true);

    /// <summary>Tells what is left; from now on everything is told at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await timer.DisposeAsync();
        Tell(goesOn: false);
    }

    private bool TryCount(long source, in FlowEvent refusal)
    {
        lock (gate)
        {
            var kind = new Kind(source, refusal.Reason, refusal.Listener);
            if (kinds.Count >= maxKinds && !kinds.ContainsKey(kind))
            {
                kind = kind with { Source = Others };
            }

            if (isClosed || kinds.TryAdd(kind, null))
            {
                ArmForTheFirst();
                return false;
            }

            if (kinds[kind] is { } fold)
            {
                fold.Add(refusal);
            }
            else
            {
                kinds[kind] = new EventFold(refusal);
            }

            return true;
        }
    }

    // Whoever waits for a flush finds told what a tick has taken out.
    private void Tell(bool goesOn)
    {
        lock (telling)
        {
            Take(goesOn).ForEach(tell);
        }
    }

    private List<FlowEvent> Take(bool goesOn)
    {
        var counted = new List<FlowEvent>();
        lock (gate)
        {
            isClosed = !goesOn;
            foreach (var (kind, fold) in kinds)
            {
                if (fold is null)
                {
                    kinds.Remove(kind);
                    continue;
                }

                counted.Add(fold.ToEvent());
                kinds[kind] = null;
            }

            if (goesOn && kinds.Count > 0)
            {
                timer.Change(Interval, Timeout.InfiniteTimeSpan);
            }
        }

        return counted;
    }

    private void ArmForTheFirst()
    {
        if (!isClosed && kinds.Count == 1)
        {
            timer.Change(Interval, Timeout.InfiniteTimeSpan);
        }
    }

    private readonly record struct Kind(long Source, Reason Reason, string? Listener);
}
