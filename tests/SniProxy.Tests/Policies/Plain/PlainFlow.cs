using System.Net;
using SniProxy.Core.Contract;

namespace SniProxy.Tests.Policies.Plain;

/// <summary>
/// A flow as enforce has it. A claim is not an identity: the original destination is dialled where it is bound to the name or allowed as an
/// address; otherwise what the name resolves to is, each address that the rules let pass with that name.
/// </summary>
/// <param name="policy">As written.</param>
/// <param name="walk">What it says of candidates.</param>
/// <param name="isStrict">Strict, whatever switched it on.</param>
/// <param name="asksFirst">A name that no address could help is not resolved; false where a mode lets it pass in any case.</param>
/// <param name="flow">The flow.</param>
internal sealed class PlainFlow(WrittenPolicy policy, PlainWalk walk, bool isStrict, bool asksFirst, WrittenFlow flow)
{
    public PlainOutcome Judge()
    {
        if (!flow.IsDirect)
        {
            return JudgeName();
        }

        var direct = walk.Judge(new PlainCandidate(flow, flow.To, flow.IsUnbound));
        if (!direct.IsDenied)
        {
            var admitted = Admit(direct);
            return new PlainOutcome(admitted, admitted.IsDenied || flow.To is not { } address ? [] : [address]);
        }

        return flow.IsUnbound && !flow.IsLiteral ? JudgeUnbound(direct) : PlainOutcome.Refused(direct);
    }

    // The name claims more than the address: does it pass by itself, and where does it lead?
    private PlainOutcome JudgeUnbound(PlainVerdict direct)
    {
        var byName = walk.Walk(new PlainCandidate(flow, null, isQuestion: true), allowOnly: false);
        if (byName.IsDenied)
        {
            return PlainOutcome.Refused(direct.Reason == Reason.UnboundName ? byName : direct);
        }

        var admitted = Admit(byName);
        if (admitted.IsDenied)
        {
            return PlainOutcome.Refused(admitted);
        }

        // Where a binding is all that is missing, the address itself has nothing to say.
        var isMerelyUnbound = !walk.Walk(new PlainCandidate(flow, flow.To), allowOnly: false).IsDenied;
        return Resolve(isMerelyUnbound ? null : direct);
    }

    private PlainOutcome JudgeName()
    {
        if (flow.Name is null)
        {
            return PlainOutcome.Refused(PlainVerdict.Deny(flow.Unreadable != Reason.None ? flow.Unreadable : Reason.NoServerName));
        }

        return (asksFirst ? Hopeless() : null) ?? Resolve(null);
    }

    // Could it pass at any address? If not, nothing is asked upstream.
    private PlainOutcome? Hopeless()
    {
        var anywhere = new PlainCandidate(flow, null);
        var best = walk.Walk(anywhere, allowOnly: false);
        if (best.IsDenied)
        {
            return PlainOutcome.Refused(best);
        }

        if (isStrict && walk.Walk(anywhere, allowOnly: true).IsDenied)
        {
            return PlainOutcome.Refused(PlainVerdict.Deny(Reason.Strict, best.By));
        }

        var admitted = Admit(best);
        return admitted.IsDenied ? PlainOutcome.Refused(admitted) : null;
    }

    private PlainOutcome Resolve(PlainVerdict? direct)
    {
        var verdicts = flow.Resolved.Select(address => (Address: address, Verdict: Admit(walk.Judge(new PlainCandidate(flow, address))))).ToList();
        var passing = verdicts.FindAll(one => !one.Verdict.IsDenied);
        var verdict = passing.Count > 0 ? passing[0].Verdict
            : direct ?? (verdicts.Count > 0 ? verdicts[0].Verdict : PlainVerdict.Deny(Reason.UpstreamUnresolvable));
        return new PlainOutcome(verdict, [.. passing.Select(one => one.Address)]) { Unresolved = direct ?? PlainVerdict.Deny(Reason.UnboundName) };
    }

    private PlainVerdict Admit(PlainVerdict verdict) =>
        verdict.IsDenied ? verdict
        : isStrict && flow.Name is not null && !flow.IsBound && flow.IsDirect ? PlainVerdict.Deny(Reason.UnboundName, verdict.By)
        : flow.HasEch && (isStrict || policy.Ech == "deny") ? PlainVerdict.Deny(Reason.Ech, verdict.By)
        : verdict;
}
