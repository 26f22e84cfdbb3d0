namespace SniProxy.Enforcement;

/// <summary>
/// Makes probes again and again while the appliance runs: rules that were there at the start may be flushed a minute later. Nothing is
/// proven until the first round passed.
/// </summary>
internal sealed class EnforcementWatch(IReadOnlyList<ProbeCheck> checks, EnforcementMetrics metrics, ILogger<EnforcementWatch> logger, TimeProvider time)
{
    // A lost rule must show within five seconds, time for the probes themselves included.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    // A probe that hangs must not keep what the others found for longer than that leaves.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2.5);

    private volatile IReadOnlyList<Probe> latest = [];

    /// <summary>Told the probes that failed after they had passed, or in the first round.</summary>
    public event Action<IReadOnlyList<Probe>>? Lost;

    /// <summary>Told the outcome of every round.</summary>
    public event Action<IReadOnlyList<Probe>>? Checked;

    public IReadOnlyList<Probe> Latest => latest;

    /// <summary>True when every probe of the last round passed; readiness depends on it.</summary>
    public bool IsProven => latest is { Count: > 0 } probes && probes.All(probe => probe.Passed);

    /// <summary>Watches until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            await RoundAsync(cancellation);
        }
        while (await timer.WaitForNextTickAsync(cancellation));
    }

    /// <summary>Makes every probe once.</summary>
    public async Task RoundAsync(CancellationToken cancellation)
    {
        var former = latest;
        var probes = await ProbeRunner.RunAsync(checks, Limit, cancellation);
        latest = probes;
        var dropped = metrics.DroppedQuestions;
        metrics.Record(probes);
        if (former.Count > 0 && metrics.DroppedQuestions > dropped)
        {
            logger.QuestionsDropped(metrics.DroppedQuestions - dropped);
        }

        Checked?.Invoke(probes);
        var changed = probes.Where(probe => !former.Any(same => same.Name == probe.Name && same.Passed == probe.Passed)).ToList();
        changed.ForEach(Tell);
        if (changed.Where(probe => !probe.Passed).ToList() is { Count: > 0 } lost)
        {
            Lost?.Invoke(lost);
        }
    }

    private void Tell(Probe probe)
    {
        if (probe.Passed)
        {
            logger.ProbePassed(probe.Name, probe.Detail);
            return;
        }

        logger.ProbeFailed(probe.Name, probe.Detail, probe.Fix);
    }
}
