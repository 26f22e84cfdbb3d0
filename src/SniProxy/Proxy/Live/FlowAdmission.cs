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
    public Judge JudgeFor(IProxiedConnection connection, out Sandbox sandbox)
    {
        var ingress = sandboxes.UsesInterfaces ? connection.Ingress : null;
        return policies.JudgeFor(new ConnectionSource(sandboxes, connection.Client.Address, ingress), out sandbox);
    }

    /// <summary>
    /// Counts the flow where it is counted; over a limit it is refused. False where what let it pass was used up meanwhile by another: then it
    /// has a new judge, and must be judged anew.
    /// </summary>
    public ValueTask<bool> TryEnterAsync(FlowRecord record)
    {
        if (record.Verdict.Rule is not { } rule || record.Verdict.WouldDeny)
        {
            return new ValueTask<bool>(true);
        }

        if (rule.Grant is { } grant)
        {
            return UseAsync(record, grant);
        }

        if (rule.Limits is not null && flows.TryCharge(record.Flow, record.PolicyName, rule, IsEnforced(record.Judge)) is var refusal and not Reason.None)
        {
            record.Exceed(refusal, Words(rule, refusal));
        }

        return new ValueTask<bool>(true);
    }

    /// <summary>The flow entered, and nobody could be reached for it: a grant that may be used a number of times was not used.</summary>
    public ValueTask GiveBackAsync(FlowRecord record) =>
        record.Verdict is { WouldDeny: false, Rule.Grant: { } grant } ? grants.GiveBackAsync(grant) : default;

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

    private async ValueTask<bool> UseAsync(FlowRecord record, string grant)
    {
        if (await grants.TryUseAsync(grant))
        {
            record.Flow.Grant = grant;
            return true;
        }

        record.JudgeAnew(JudgeFor(record.Connection, out _));
        return false;
    }

    private static string Words(PolicyRule rule, Reason refusal) => refusal switch
    {
        Reason.BudgetExceeded => $"denied: {refusal.Identifier()}: rule {rule.Name} lets no more bytes out in this window",
        Reason.ConnectionLimit => $"denied: {refusal.Identifier()}: rule {rule.Name} has as many connections open as it may",
        _ => $"denied: {refusal.Identifier()}: rule {rule.Name} begins connections faster than it may",
    };
}
