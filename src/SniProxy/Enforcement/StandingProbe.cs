namespace SniProxy.Enforcement;

/// <summary>
/// A dear probe for every round: what passed stands until the kernel speaks of a change, or until it is old. What failed is made again each
/// time. Whatever the kernel should not speak of, such as a network card that takes its ingress chain with it, is found by age.
/// </summary>
internal sealed class StandingProbe(ProbeCheck check, Func<bool> takeChanged, TimeProvider clock)
{
    // To start four programs twice a minute cannot be measured; every other second it was two hundredths of a core.
    public static readonly TimeSpan OldAge = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private Probe? passed;
    private long passedAt;

    public ProbeCheck Check => new(check.Name, MakeAsync);

    private async Task<Probe> MakeAsync(CancellationToken cancellation)
    {
        // Before the probe looks: a change while it looks is then seen by the next round.
        var startedAt = clock.GetTimestamp();
        if (!takeChanged() && Standing() is { } standing)
        {
            return standing;
        }

        Keep(null, startedAt);
        var probe = await check.MakeAsync(cancellation);
        Keep(probe.Passed ? probe : null, startedAt);
        return probe;
    }

    private Probe? Standing()
    {
        lock (gate)
        {
            return passed is not null && clock.GetElapsedTime(passedAt) < OldAge ? passed : null;
        }
    }

    private void Keep(Probe? probe, long at)
    {
        lock (gate)
        {
            (passed, passedAt) = (probe, at);
        }
    }
}
