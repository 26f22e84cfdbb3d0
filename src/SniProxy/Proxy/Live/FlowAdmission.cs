using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Flows;
using SniProxy.Policies;
using SniProxy.Proxy.Connections;
using SniProxy.Sandboxes;

namespace SniProxy.Proxy.Live;

/// <summary>
/// What a flow passes between the verdict and its first byte: it is counted against the rule or the grant that lets it pass, and joins those
/// that every change judges again.
/// </summary>
internal sealed class FlowAdmission(SandboxRegistry sandboxes, PolicyBook policies, GrantBook grants, FlowTable flows, OpenFlowJudge open)
{
    /// <summary>Who asks, and what judges them, both as of one revision.</summary>
    public Judge JudgeFor(IProxiedConnection connection, out Sandbox sandbox) => policies.JudgeFor(SourceOf(connection), out sandbox);

    /// <summary>
    /// Counts the flow where it is counted; over a limit it is refused. False where others hold or have used what let it pass: then it has a new
    /// judge, and must be judged anew.
    /// </summary>
    public bool TryEnter(FlowRecord record)
    {
        if (record.Verdict.Rule is not { } rule || record.Verdict.WouldDeny)
        {
            return true;
        }

        if (rule.Grant is { } grant)
        {
            return TryHold(record, grant);
        }

        if (rule.Limits is not null && flows.TryCharge(record.Flow, record.PolicyName, rule, IsEnforced(record.Judge)) is var refusal and not Reason.None)
        {
            record.Exceed(refusal, Words(rule, refusal));
        }

        return true;
    }

    /// <summary>Somebody was reached for the flow: the grant that it holds a use of, where it does, is used before a byte passes.</summary>
    public ValueTask UseAsync(FlowRecord record) => record.HeldGrant is { } grant ? UseAsync(record, grant) : default;

    /// <summary>What the flow holds of a grant and has not used is free for others.</summary>
    public void LetGo(FlowRecord record)
    {
        if (record.HeldGrant is { } grant)
        {
            record.HeldGrant = null;
            grants.LetGo(grant);
        }
    }

    /// <summary>
    /// The flow is connected and about to carry bytes: from now on every change judges it again. False where one has come since it was judged
    /// that no longer allows it; it is closed then.
    /// </summary>
    public bool TryRelay(Flow flow, KeptFacts facts, long judgedBy)
    {
        flow.Keep(facts);
        if (!open.IsCurrent(judgedBy))
        {
            open.JudgeAgain(flow);
        }

        return !flow.IsClosed;
    }

    /// <summary>
    /// Something later on a flow was found wrong that its mode only watches. From now on that is what it is judged by, so that it ends when it is
    /// watched no more. False where that has come already; it is closed then.
    /// </summary>
    public bool TryGoOn(FlowRecord record, Reason fault, Address dialled) =>
        TryRelay(record.Flow, record.KeepFaulty(dialled, fault), record.Judge.Revision);

    private static bool IsEnforced(in Judge judge) => judge.Mode == Mode.Enforce || judge.IsStrict;

    private ConnectionSource SourceOf(IProxiedConnection connection) =>
        new(sandboxes, connection.Client.Address, sandboxes.UsesInterfaces ? connection.Ingress : null);

    private bool TryHold(FlowRecord record, string grant)
    {
        if (grants.TryHold(grant))
        {
            record.HeldGrant = grant;
            return true;
        }

        record.JudgeWithout(grant, withheld => policies.JudgeFor(SourceOf(record.Connection), withheld, out _));
        return false;
    }

    private async ValueTask UseAsync(FlowRecord record, string grant)
    {
        await grants.UseAsync(grant);
        record.Flow.Grant = grant;
        LetGo(record);
    }

    private static string Words(PolicyRule rule, Reason refusal) => refusal switch
    {
        Reason.BudgetExceeded => $"denied: {refusal.Identifier()}: rule {rule.Name} lets no more bytes out in this window",
        Reason.ConnectionLimit => $"denied: {refusal.Identifier()}: rule {rule.Name} has as many connections open as it may",
        _ => $"denied: {refusal.Identifier()}: rule {rule.Name} begins connections faster than it may",
    };
}
