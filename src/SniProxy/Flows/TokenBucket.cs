namespace SniProxy.Flows;

/// <summary>A bucket that refills evenly and holds one second's worth. Under its owner's lock.</summary>
/// <param name="full">What it holds at first.</param>
/// <param name="now">Milliseconds on the table's clock.</param>
internal struct TokenBucket(int full, long now)
{
    private double tokens = full;

    /// <summary>When it was asked last.</summary>
    public long UsedAt { get; private set; } = now;

    /// <summary>Takes one token, where there is one.</summary>
    /// <param name="perSecond">How fast it refills, and the most it holds.</param>
    /// <param name="at">Milliseconds on the table's clock; of two callers the later one may bring the earlier time.</param>
    public bool TryTake(int perSecond, long at)
    {
        tokens = Math.Min(perSecond, tokens + Math.Max(0, at - UsedAt) * perSecond / 1000.0);
        UsedAt = Math.Max(UsedAt, at);
        if (tokens < 1)
        {
            return false;
        }

        tokens--;
        return true;
    }
}
