namespace SniProxy.Events;

/// <summary>
/// How much is held while events cannot be written. The defaults keep about a minute of denials at 500 a second and some 30 MB;
/// a quarter of the queue is for denials alone.
/// </summary>
internal sealed record EventLimits
{
    /// <summary>Events in the queue, of whatever verdict.</summary>
    public int Queue { get; init; } = 32_768;

    /// <summary>Above this many events in the queue, those that were let through are dropped and counted.</summary>
    public int QueueForAllowed { get; init; } = 24_576;

    /// <summary>Distinct (sandbox, name, reason) that denials are folded into once the queue is full.</summary>
    public int Folded { get; init; } = 8_192;

    /// <summary>Distinct (source, reason, listener) by which refusals over a limit are counted: see <see cref="RefusalTally"/>.</summary>
    public int Tallied { get; init; } = 1_024;

    /// <summary>How long the writer waits for company after the first event, so that a busy appliance writes batches.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Between two tries to write what could not be written.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a stop waits for the last events to be written.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
