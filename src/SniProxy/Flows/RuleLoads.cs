using SniProxy.Core.Policies;

namespace SniProxy.Flows;

/// <summary>The loads of all rules with limits, each of one sandbox. What is idle is forgotten.</summary>
internal sealed class RuleLoads
{
    private readonly Dictionary<RuleKey, RuleLoad> loads = [];
    private readonly Lock gate = new();

    public int Count
    {
        get
        {
            lock (gate)
            {
                return loads.Count;
            }
        }
    }

    /// <summary>The load of a rule, with the limits as they are now.</summary>
    public RuleLoad Of(RuleKey key, RuleLimits limits, long now)
    {
        lock (gate)
        {
            if (!loads.TryGetValue(key, out var load))
            {
                loads[key] = load = new RuleLoad(limits, now);
            }

            load.Confine(limits, now);
            return load;
        }
    }

    public void ForgetIdle(long now)
    {
        lock (gate)
        {
            foreach (var (key, load) in loads)
            {
                if (!load.IsInUse(now))
                {
                    loads.Remove(key);
                }
            }
        }
    }
}
