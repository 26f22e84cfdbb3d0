using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;

namespace SniProxy.Core.Policies;

/// <summary>
/// One policy as it stands for one sandbox at one moment: guard, rules, mode and strict mode. It is read once per flow; every door and
/// the <c>test</c> command ask the same methods. Deciding allocates nothing. The default value denies everything.
/// </summary>
public readonly struct Judge
{
    private readonly Policy? policy;
    private readonly Guard? guard;
    private readonly Reason refusal;
    private readonly Circumstances circumstances;

    /// <param name="policy">The compiled policy.</param>
    /// <param name="mode">The effective mode, after the sandbox's own and the roll-out.</param>
    /// <param name="strict">Strict mode, whatever switched it on.</param>
    /// <param name="guard">The floor under all rules; one with a pool where names are answered from it.</param>
    /// <param name="circumstances">Looked at only where <see cref="Policy.IsConditional"/>.</param>
    public Judge(Policy policy, Mode mode, bool strict, Guard guard, in Circumstances circumstances = default)
    {
        this.policy = policy;
        this.guard = guard;
        this.circumstances = circumstances;
        Mode = mode;
        IsStrict = strict;
    }

    private Judge(Policy? policy, Reason refusal)
    {
        this.policy = policy;
        this.refusal = refusal;
    }

    public Mode Mode { get; }

    public bool IsStrict { get; }

    /// <summary>By a policy whose mode tells denials and does none.</summary>
    public bool IsWatching => policy is not null && Mode != Mode.Enforce && !IsStrict;

    public Policy? Policy => policy;

    /// <summary>Names are answered with addresses of a pool (<c>dns.mode: synthetic</c>): an address by itself is nobody's name.</summary>
    public bool IsSynthetic => guard is { HasPool: true };

    /// <summary>The revision of the appliance whose state this is; decisions carry it.</summary>
    public long Revision { get; init; }

    /// <summary>A judge that refuses everything, in every mode: a paused sandbox, a missing policy.</summary>
    public static Judge Refusing(Reason reason, Policy? policy = null) => new(policy, reason);

    /// <summary>Judges the pair of name and original destination. <see cref="FlowStep.Dial"/> means: dial the original destination.</summary>
    public FlowOutcome Begin(in FlowFacts flow)
    {
        if (policy is null || guard is null)
        {
            return Refuse(Refusal);
        }

        if (flow.Evidence != Evidence.Synthetic && guard.IsSynthetic(flow.OriginalDestination))
        {
            // In every mode: there is nowhere to take it.
            return Refuse(Verdict.Deny(Reason.UnboundName));
        }

        var outcome = new FlowJudgement(new RulesInForce(policy, in circumstances), guard, IsStrict).Begin(flow);
        return Mode == Mode.Enforce ? outcome : IsStrict ? ModeJudgement.Harden(outcome) : ModeJudgement.SoftenBegin(guard, flow, outcome);
    }

    /// <summary>
    /// Judges each address the appliance resolved for the flow's name. Writes the ones to dial, in the given order, to
    /// <paramref name="dial"/> (as long as <paramref name="resolved"/>, at least 1). In shadow and observe what is written is the original
    /// destination, where there is one.
    /// </summary>
    public FlowOutcome Finish(in FlowFacts flow, ReadOnlySpan<Address> resolved, Span<Address> dial, out int count)
    {
        count = 0;
        if (policy is null || guard is null)
        {
            return Refuse(Refusal);
        }

        var outcome = new FlowJudgement(new RulesInForce(policy, in circumstances), guard, IsStrict).Finish(flow, resolved, dial, out count);
        return Mode == Mode.Enforce ? outcome : IsStrict ? ModeJudgement.Harden(outcome) : ModeJudgement.SoftenFinish(guard, flow, outcome, resolved, dial, ref count);
    }

    /// <summary>Judges a name that is asked for in DNS: denied when every port and scheme of it would be.</summary>
    public Verdict JudgeName(HostName name)
    {
        if (policy is null || guard is null)
        {
            return Refusal;
        }

        var rules = new RulesInForce(policy, in circumstances);
        var verdict = NameJudgement.Judge(rules, name, allowOnly: false);
        if (!IsStrict)
        {
            return Mode == Mode.Enforce ? verdict : ModeJudgement.Soften(verdict);
        }

        if (verdict.IsDenied)
        {
            return Mode == Mode.Enforce ? verdict : verdict with { Reason = Reason.Strict };
        }

        var strict = NameJudgement.Judge(rules, name, allowOnly: true);
        return strict.IsDenied ? Verdict.Deny(Reason.Strict, verdict.Rule) : strict;
    }

    /// <summary>True when a denied name must be answered with NODATA because some rule could allow a name below it.</summary>
    public bool MayAllowBelow(HostName name) => policy is not null && guard is not null && NameJudgement.MayPassBelow(new RulesInForce(policy, in circumstances), name, IsStrict);

    /// <summary>True when a rule or a grant that lets pass spells the name out, so that asking for it tells its owner nothing but that it was asked for.</summary>
    public bool SpellsOut(HostName name) => policy is not null && guard is not null && NameJudgement.IsSpeltOut(new RulesInForce(policy, in circumstances), name);

    /// <summary>True when the sandbox may learn this address for this name: the guard lets some flow to it pass.</summary>
    public bool MayAnswer(HostName name, Address address) => policy is not null && guard is not null && guard.Find(address) switch
    {
        GuardFinding.None => true,
        GuardFinding.Private => (Mode != Mode.Enforce && !IsStrict) || NameJudgement.IsLifted(new RulesInForce(policy, in circumstances), name, address),
        _ => false,
    };

    /// <summary>
    /// True when a deny rule names this host on every port; an alias in a DNS answer that leads over it is denied. Never in shadow and
    /// observe, where nothing is denied.
    /// </summary>
    public bool DeniesByRule(HostName name) => !IsWatching && IsNamedByDenyRule(name);

    /// <summary>
    /// The denial of a name for an alias on the way to its addresses, or null where none speaks against it: what our DNS would not have answered
    /// is not dialled for a client that never asked it.
    /// </summary>
    public Verdict? DenialOver(IReadOnlyList<HostName> hops) => IsWatching ? null : DenialOfHop(hops);

    /// <summary>Where the mode only watches: the denial that <see cref="DenialOver"/> would be in enforce, to be told and not done; else null.</summary>
    public Verdict? WouldDenyOver(IReadOnlyList<HostName> hops) => IsWatching && DenialOfHop(hops) is { } denial ? ModeJudgement.Soften(denial) : null;

    /// <summary>The verdict in words, for events and refusals, with the near miss. Off the hot path.</summary>
    public string Describe(in FlowFacts flow, in Verdict verdict, out string? nearMiss) =>
        VerdictText.Describe(policy, circumstances, flow, verdict, out nearMiss);

    /// <summary>The verdict on a name that was asked for in DNS, in words.</summary>
    public string Describe(HostName name, in Verdict verdict, out string? nearMiss) => VerdictText.Describe(policy, circumstances, name, verdict, out nearMiss);

    /// <summary>What would become of a destination, by the methods that judge flows. Off the hot path.</summary>
    /// <param name="destination">The destination.</param>
    /// <param name="known">Where its name leads; where that is open the verdict is the name's.</param>
    public Explanation Explain(TestDestination destination, KnownBindings? known = null) => TestExplainer.Explain(this, destination, known ?? new KnownBindings());

    /// <summary>What would become of a flow. Off the hot path.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="known">Where its name leads, where <see cref="DependsOnAddresses"/>.</param>
    public Explanation Explain(TestFlow flow, KnownBindings? known = null) => TestExplainer.Explain(this, flow, known ?? new KnownBindings());

    /// <summary>True when the verdict on the flow waits for what its name resolves to.</summary>
    public bool DependsOnAddresses(TestFlow flow) => Begin(flow.ToFacts()).Step == FlowStep.Resolve;

    /// <summary>The walk over the rules for one candidate, told step by step; nothing where no rule is asked.</summary>
    internal IReadOnlyList<WalkStep> Walk(in Pair pair, in FlowFacts shown) =>
        policy is null || guard is null ? [] : Explainer.Walk(new RulesInForce(policy, in circumstances), pair, shown, IsStrict);

    /// <summary>The verdict on a flow by name whose addresses are open.</summary>
    internal Verdict Prospect(in FlowFacts flow)
    {
        if (policy is null || guard is null)
        {
            return Refusal;
        }

        var verdict = new FlowJudgement(new RulesInForce(policy, in circumstances), guard, IsStrict).Prospect(flow);
        return Mode == Mode.Enforce ? verdict
            : IsStrict ? ModeJudgement.Harden(new FlowOutcome(verdict.IsDenied ? FlowStep.Refuse : FlowStep.Dial, verdict)).Verdict
            : ModeJudgement.Soften(verdict);
    }

    private bool IsNamedByDenyRule(HostName name) =>
        policy is null || guard is null || NameJudgement.IsDeniedByRule(new RulesInForce(policy, in circumstances), name);

    private Verdict? DenialOfHop(IReadOnlyList<HostName> hops)
    {
        var first = 0;
        while (first < hops.Count && !IsNamedByDenyRule(hops[first]))
        {
            first++;
        }

        return first < hops.Count ? Verdict.Deny(Reason.Rule, JudgeName(hops[first]).Rule) : null;
    }

    private Verdict Refusal => Verdict.Deny(refusal == Reason.None ? Reason.PolicyMissing : refusal);

    private static FlowOutcome Refuse(Verdict verdict) => new(FlowStep.Refuse, verdict);
}
