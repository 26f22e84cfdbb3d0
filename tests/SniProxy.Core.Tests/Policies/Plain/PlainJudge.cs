using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies.Plain;

/// <summary>
/// A judge that walks: every rule after the other, and in each every entry. It is slow and easy to follow, and what the compiled policy is
/// measured against.
/// </summary>
internal readonly struct PlainJudge(Policy policy, Mode mode, bool isStrict, Guard guard)
{
    public FlowOutcome Begin(in FlowFacts flow)
    {
        if (flow.Evidence != Evidence.Synthetic && guard.IsSynthetic(flow.OriginalDestination))
        {
            return new FlowOutcome(FlowStep.Refuse, Verdict.Deny(Reason.UnboundName));
        }

        var outcome = new PlainFlowJudgement(policy, guard, isStrict).Begin(flow);
        return mode == Mode.Enforce ? outcome : isStrict ? ModeJudgement.Harden(outcome) : ModeJudgement.SoftenBegin(guard, flow, outcome);
    }

    public FlowOutcome Finish(in FlowFacts flow, ReadOnlySpan<Address> resolved, Span<Address> dial, out int count)
    {
        var outcome = new PlainFlowJudgement(policy, guard, isStrict).Finish(flow, resolved, dial, out count);
        return mode == Mode.Enforce ? outcome : isStrict ? ModeJudgement.Harden(outcome) : ModeJudgement.SoftenFinish(guard, flow, outcome, resolved, dial, ref count);
    }

    public Verdict Prospect(in FlowFacts flow)
    {
        var verdict = new PlainFlowJudgement(policy, guard, isStrict).Prospect(flow);
        return mode == Mode.Enforce ? verdict
            : !isStrict ? ModeJudgement.Soften(verdict)
            : verdict.IsDenied ? ModeJudgement.Harden(new FlowOutcome(FlowStep.Refuse, verdict)).Verdict
            : verdict;
    }

    public Verdict JudgeName(HostName name)
    {
        var verdict = PlainNameJudgement.Judge(policy, name, allowOnly: false);
        if (!isStrict)
        {
            return mode == Mode.Enforce ? verdict : ModeJudgement.Soften(verdict);
        }

        if (verdict.IsDenied)
        {
            return mode == Mode.Enforce ? verdict : verdict with { Reason = Reason.Strict };
        }

        var strict = PlainNameJudgement.Judge(policy, name, allowOnly: true);
        return strict.IsDenied ? Verdict.Deny(Reason.Strict, verdict.Rule) : strict;
    }

    public bool MayAllowBelow(HostName name) => PlainNameJudgement.MayPassBelow(policy, name, isStrict);

    public bool MayAnswer(HostName name, Address address) => guard.Find(address) switch
    {
        GuardFinding.None => true,
        GuardFinding.Private => (mode != Mode.Enforce && !isStrict) || PlainNameJudgement.IsLifted(policy, name, address),
        _ => false,
    };

    public bool DeniesByRule(HostName name) => (mode == Mode.Enforce || isStrict) && PlainNameJudgement.IsDeniedByRule(policy, name);
}
