using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Flows;

/// <summary>What the flows of one sandbox by one rule hold and have sent, against the rule's limits.</summary>
internal sealed class RuleLoad(RuleLimits limits, long now)
{
    // A window moves on by a sixteenth of itself: what is counted is what was sent in the latest window and up to one such step before it, so
    // that no window whatever holds more than the budget.
    private const int Steps = 16;

    // Longer than a bucket takes to be full again, and than anybody is between asking for a load and using it.
    private const long IdleMilliseconds = 10_000;

    private readonly Lock gate = new();
    private readonly long[] sent = new long[Steps + 1];
    private RuleLimits limits = limits;
    private long sum;
    private long step;
    private TokenBucket bucket = new(limits.NewConnectionsPerSecond ?? 0, now);
    private long usedAt = now;
    private int open;

    /// <summary>True while it says something that a new one would not know.</summary>
    public bool IsInUse(long at)
    {
        lock (gate)
        {
            MoveTo(at);
            return open > 0 || sum > 0 || at - usedAt < IdleMilliseconds;
        }
    }

    /// <summary>Takes the limits as the policy has them now; what was counted stays.</summary>
    public void Confine(RuleLimits to, long at)
    {
        lock (gate)
        {
            usedAt = at;
            if (limits.UploadWindow != to.UploadWindow)
            {
                // Steps of another length: all that was counted moves into the one that begins now, which is late rather than early.
                (sum, sent[0]) = (sent.Sum(), sent.Sum());
                Array.Clear(sent, 1, Steps);
                step = long.MinValue;
            }

            limits = to;
        }
    }

    /// <summary>A flow is to begin. <see cref="Reason.None"/> where it may; then <see cref="Leave"/> follows once.</summary>
    /// <param name="at">Milliseconds on the table's clock.</param>
    public Reason TryEnter(long at)
    {
        lock (gate)
        {
            MoveTo(at);
            var refusal = limits.UploadBytes is { } budget && sum >= budget ? Reason.BudgetExceeded
                : limits.Connections is { } most && open >= most ? Reason.ConnectionLimit
                : limits.NewConnectionsPerSecond is { } rate && !bucket.TryTake(rate, at) ? Reason.RateLimited
                : Reason.None;
            open += refusal == Reason.None ? 1 : 0;
            return refusal;
        }
    }

    /// <summary>A flow that is open already comes under the rule by a change.</summary>
    public void Join()
    {
        lock (gate)
        {
            open++;
        }
    }

    public void Leave()
    {
        lock (gate)
        {
            open--;
        }
    }

    /// <summary>Counts bytes that went up. True once the budget is spent.</summary>
    public bool Count(long bytes, long at)
    {
        lock (gate)
        {
            MoveTo(at);
            sent[(int)(step % sent.Length)] += bytes;
            sum += bytes;
            return limits.UploadBytes is { } budget && sum >= budget;
        }
    }

    private void MoveTo(long at)
    {
        var length = Math.Max(1, (long)limits.UploadWindow.TotalMilliseconds / Steps);
        var now = at / length;
        if (step == long.MinValue)
        {
            // After a change of the window: see Confine.
            (step, sent[(int)(now % sent.Length)], sent[0]) = (now, sum, now % sent.Length == 0 ? sum : 0);
            return;
        }

        for (; step < now; step++)
        {
            if (now - step > sent.Length)
            {
                Array.Clear(sent);
                (sum, step) = (0, now);
                return;
            }

            ref var oldest = ref sent[(int)((step + 1) % sent.Length)];
            sum -= oldest;
            oldest = 0;
        }
    }
}
