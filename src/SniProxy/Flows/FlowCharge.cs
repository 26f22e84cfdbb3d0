using SniProxy.Core.Contract;

namespace SniProxy.Flows;

/// <summary>A flow's share in the load of the rule that lets it pass: how much of what it has sent is counted there.</summary>
/// <param name="load">The rule's load.</param>
/// <param name="rule">The rule's name, for people.</param>
/// <param name="isEnforced">False where the flow's mode only watches: then it counts, and is never closed.</param>
/// <param name="counted">Bytes that are not this rule's: the flow had sent them before.</param>
internal sealed class FlowCharge(RuleLoad load, string rule, bool isEnforced, long counted)
{
    private long counted = counted;

    public RuleLoad Load => load;

    public bool IsEnforced => isEnforced;

    /// <summary>Counts what the flow has sent since it was asked last. True once the rule's budget is spent.</summary>
    public bool Settle(long bytesUp, long now)
    {
        var more = bytesUp - Interlocked.Exchange(ref counted, bytesUp);
        return load.Count(Math.Max(0, more), now);
    }

    /// <summary>
    /// Called by the table's sweep. Of two flows of a rule the one that is looked at first may find the budget unspent: it is closed by the
    /// next sweep.
    /// </summary>
    public void CloseWhereSpent(Flow flow, long now)
    {
        if (Settle(flow.BytesUp, now) && isEnforced)
        {
            flow.Close(Ending.Revoked, new Revocation(
                Reason.BudgetExceeded, $"closed: {Reason.BudgetExceeded.Identifier()}: rule {rule} lets no more bytes out in this window"));
        }
    }
}
