using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies;

/// <summary>
/// The verdict on a flow as enforce has it: which candidates there are, in which order they are judged, and whether a name has to be
/// resolved at all. A claim is not an identity: what is dialled for a name is bound to it, resolved for it, or allowed as an address.
/// </summary>
internal readonly ref struct FlowJudgement
{
    private readonly RulesInForce rules;
    private readonly Guard guard;
    private readonly bool isStrict;

    public FlowJudgement(RulesInForce rules, Guard guard, bool isStrict)
    {
        this.rules = rules;
        this.guard = guard;
        this.isStrict = isStrict;
    }

    /// <summary>The original destination is an address that could be dialled (a synthetic one only stands for its name).</summary>
    public static bool IsDirect(in FlowFacts flow) => flow.IsLiteral || (!flow.OriginalDestination.IsUnspecified && flow.Evidence != Evidence.Synthetic);

    public FlowOutcome Begin(in FlowFacts flow)
    {
        if (!IsDirect(flow))
        {
            return BeginByName(flow);
        }

        var direct = JudgeDirect(flow);
        if (!direct.IsDenied)
        {
            var admitted = Admit(flow, direct);
            return new FlowOutcome(admitted.IsDenied ? FlowStep.Refuse : FlowStep.Dial, admitted);
        }

        return IsUnbound(flow) && !flow.IsLiteral && flow.Name is not null ? BeginUnbound(flow, direct) : Refuse(direct);
    }

    public FlowOutcome Finish(in FlowFacts flow, ReadOnlySpan<Address> resolved, Span<Address> dial, out int count)
    {
        count = 0;
        if (flow.IsLiteral || flow.Name is null)
        {
            return Begin(flow) is { Step: FlowStep.Refuse } refused ? refused : Refuse(Verdict.Deny(Reason.UpstreamUnresolvable));
        }

        Verdict passed = default;
        Verdict denied = default;
        foreach (var address in resolved)
        {
            var verdict = Admit(flow, PairJudgement.Judge(rules, guard, Pair.Of(flow, address, isUnbound: false), isStrict));
            if (verdict.IsDenied)
            {
                denied = denied.Reason == Reason.None ? verdict : denied;
            }
            else if (count < dial.Length)
            {
                passed = count == 0 ? verdict : passed;
                dial[count++] = address;
            }
        }

        return count > 0 ? new FlowOutcome(FlowStep.Dial, passed) : Refuse(WhyNoneIsLeft(flow, denied));
    }

    // Only an address rule speaks for a literal; for a name, only our own DNS does. Where names have addresses of a pool, only an address rule
    // speaks for any other address, whatever is said there.
    private bool IsUnbound(in FlowFacts flow) => flow.IsLiteral || (flow.Name is not null ? !flow.IsBound : guard.HasPool && flow.BoundNames.IsEmpty);

    private Verdict JudgeDirect(in FlowFacts flow) =>
        PairJudgement.Judge(rules, guard, Pair.Of(flow, flow.OriginalDestination, IsUnbound(flow)), isStrict);

    private FlowOutcome BeginUnbound(in FlowFacts flow, Verdict direct)
    {
        // A name that our DNS would not answer is not asked for here either, or any address entry would open a way out for what is written
        // into names.
        var best = RuleWalk.Walk(rules, Pair.OfQuestion(flow), allowOnly: false);
        if (best.IsDenied)
        {
            return Refuse(direct.Reason == Reason.UnboundName ? best : direct);
        }

        var admitted = Admit(flow, best);
        if (admitted.IsDenied)
        {
            return Refuse(admitted);
        }

        // Who is given addresses of a pool for names has no other ones of them, and is taken nowhere else than it went.
        var isMerelyUnbound = IsMerelyUnbound(flow);
        return guard.HasPool ? Refuse(isMerelyUnbound ? Verdict.Deny(Reason.UnboundName, best.Rule) : direct)
            : Resolve(isMerelyUnbound ? Verdict.Deny(Reason.UpstreamUnresolvable) : direct);
    }

    /// <summary>The verdict on the flow's name by itself: what stands if nothing speaks against the addresses it resolves to.</summary>
    public Verdict Prospect(in FlowFacts flow)
    {
        var pair = Pair.OfQuestion(flow);
        var best = RuleWalk.Walk(rules, pair, allowOnly: false);
        if (!isStrict || best.IsDenied)
        {
            return Admit(flow, best);
        }

        var strict = RuleWalk.Walk(rules, pair, allowOnly: true);
        return strict.IsDenied ? Verdict.Deny(Reason.Strict, best.Rule) : Admit(flow, strict);
    }

    private FlowOutcome BeginByName(in FlowFacts flow)
    {
        if (flow.Name is null)
        {
            return Refuse(Verdict.Deny(flow.Unreadable != Reason.None ? flow.Unreadable : Reason.NoServerName));
        }

        var pair = Pair.WithAnyAddress(flow);
        var best = RuleWalk.Walk(rules, pair, allowOnly: false);
        if (best.IsDenied)
        {
            return Refuse(best);
        }

        if (isStrict && RuleWalk.Walk(rules, pair, allowOnly: true).IsDenied)
        {
            return Refuse(Verdict.Deny(Reason.Strict, best.Rule));
        }

        var admitted = Admit(flow, best);
        return admitted.IsDenied ? Refuse(admitted) : Resolve(Verdict.Deny(Reason.UpstreamUnresolvable));
    }

    // What is wanted of the flow itself, once its rules would let it pass.
    private Verdict Admit(in FlowFacts flow, Verdict verdict)
    {
        if (verdict.IsDenied)
        {
            return verdict;
        }

        if (isStrict && flow.Name is not null && !flow.IsBound && IsDirect(flow))
        {
            return Verdict.Deny(Reason.UnboundName, verdict.Rule);
        }

        return flow.HasEch && (isStrict || rules.Policy.Ech == EchHandling.Deny) ? Verdict.Deny(Reason.Ech, verdict.Rule) : verdict;
    }

    // The first candidate is the pair with the original destination. Where it fell only for want of a binding, it says nothing.
    private Verdict WhyNoneIsLeft(in FlowFacts flow, Verdict firstResolved)
    {
        if (IsDirect(flow) && IsUnbound(flow) && !IsMerelyUnbound(flow) && JudgeDirect(flow) is { IsDenied: true } direct)
        {
            return direct;
        }

        return firstResolved.Reason == Reason.None ? Verdict.Deny(Reason.UpstreamUnresolvable) : firstResolved;
    }

    private bool IsMerelyUnbound(in FlowFacts flow) =>
        !RuleWalk.Walk(rules, Pair.Of(flow, flow.OriginalDestination, isUnbound: false), allowOnly: false).IsDenied;

    private static FlowOutcome Refuse(Verdict verdict) => new(FlowStep.Refuse, verdict);

    private static FlowOutcome Resolve(Verdict otherwise) => new(FlowStep.Resolve, otherwise);
}
