namespace SniProxy.Flows;

/// <summary>What one sandbox holds right now: its open flows, and the tokens left for new ones.</summary>
internal sealed class SandboxLoad(int flowsPerSecond, long now)
{
    private double tokens = flowsPerSecond;
    private long refilledAt = now;

    public int OpenFlows { get; set; }

    public long LastUsed => refilledAt;

    /// <summary>Takes one token of a bucket that refills evenly and holds one second's worth. Called under the table's lock.</summary>
    /// <param name="at">Milliseconds on the table's clock; of two callers the later one may bring the earlier time.</param>
    public bool TryTakeToken(long at)
    {
        tokens = Math.Min(flowsPerSecond, tokens + Math.Max(0, at - refilledAt) * flowsPerSecond / 1000.0);
        refilledAt = Math.Max(refilledAt, at);
        if (tokens < 1)
        {
            return false;
        }

        tokens--;
        return true;
    }
}
