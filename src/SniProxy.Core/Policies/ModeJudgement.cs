using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies;

/// <summary>
/// What shadow and observe make of the verdict that enforce would give: the bytes go where the client sent them, and the denial is told
/// instead of done. Only the guard's <em>never</em> stays.
/// </summary>
internal static class ModeJudgement
{
    public static Verdict Soften(Verdict verdict) =>
        verdict.IsDenied ? new Verdict(Decision.Audit, verdict.Reason, verdict.Rule, WouldDeny: true) : verdict;

    /// <summary>Strict over shadow or observe: without it the flow would have passed, and that is what the reason has to say.</summary>
    public static FlowOutcome Harden(FlowOutcome outcome) => outcome.Step == FlowStep.Refuse
        && outcome.Verdict.Reason is not (Reason.GuardNever or Reason.GuardSelf or Reason.UnboundName or Reason.Ech)
        ? outcome with { Verdict = outcome.Verdict with { Reason = Reason.Strict } }
        : outcome;

    public static FlowOutcome SoftenBegin(Guard guard, in FlowFacts flow, FlowOutcome enforced)
    {
        if (!FlowJudgement.IsDirect(flow))
        {
            // The client named a destination and sent its bytes to no address: what the name resolves to is judged when it is known.
            return flow.Name is null ? enforced : new FlowOutcome(FlowStep.Resolve, Verdict.Deny(Reason.UpstreamUnresolvable));
        }

        if (Forbidden(guard, flow.OriginalDestination, flow.Port) is { } forbidden)
        {
            return forbidden;
        }

        // Enforce would have dialled elsewhere: the client would not have got where it went, for want of a binding.
        return new FlowOutcome(FlowStep.Dial, enforced is { Step: FlowStep.Resolve, Verdict.Reason: Reason.UpstreamUnresolvable }
            ? Soften(Verdict.Deny(Reason.UnboundName))
            : Soften(enforced.Verdict));
    }

    public static FlowOutcome SoftenFinish(
        Guard guard, in FlowFacts flow, FlowOutcome enforced, ReadOnlySpan<Address> resolved, Span<Address> dial, ref int count)
    {
        if (FlowJudgement.IsDirect(flow))
        {
            return FinishDirect(guard, flow, enforced, dial, ref count);
        }

        if (enforced.Step == FlowStep.Dial)
        {
            return enforced;
        }

        FlowOutcome? first = null;
        count = 0;
        foreach (var address in resolved)
        {
            var forbidden = Forbidden(guard, address, flow.Port);
            first ??= forbidden;
            if (forbidden is null && count < dial.Length)
            {
                dial[count++] = address;
            }
        }

        return count > 0 ? new FlowOutcome(FlowStep.Dial, Soften(enforced.Verdict)) : first ?? enforced;
    }

    private static FlowOutcome FinishDirect(Guard guard, in FlowFacts flow, FlowOutcome enforced, Span<Address> dial, ref int count)
    {
        var isWhereItWent = enforced.Step == FlowStep.Dial && dial[..count].Contains(flow.OriginalDestination);
        count = 0;
        if (Forbidden(guard, flow.OriginalDestination, flow.Port) is { } forbidden)
        {
            return forbidden;
        }

        dial[0] = flow.OriginalDestination;
        count = 1;
        return isWhereItWent ? enforced : new FlowOutcome(FlowStep.Dial, Soften(
            enforced.Step == FlowStep.Dial ? Verdict.Deny(Reason.UnboundName, enforced.Verdict.Rule) : enforced.Verdict));
    }

    private static FlowOutcome? Forbidden(Guard guard, Address address, ushort port) => guard.Find(address, port) switch
    {
        GuardFinding.Never => new FlowOutcome(FlowStep.Refuse, Verdict.Deny(Reason.GuardNever)),
        GuardFinding.Self => new FlowOutcome(FlowStep.Refuse, Verdict.Deny(Reason.GuardSelf)),
        _ => null,
    };
}
