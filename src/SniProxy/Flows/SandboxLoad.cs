namespace SniProxy.Flows;

/// <summary>What one sandbox holds right now: its open flows, and the tokens left for new ones.</summary>
internal sealed class SandboxLoad(int flowsPerSecond, long now)
{
    private TokenBucket bucket = new(flowsPerSecond, now);

    public int OpenFlows { get; set; }

    public long LastUsed => bucket.UsedAt;

    /// <summary>Takes a token for a new flow. Called under the table's lock.</summary>
    /// <param name="at">Milliseconds on the table's clock.</param>
    public bool TryTakeToken(long at) => bucket.TryTake(flowsPerSecond, at);
}
