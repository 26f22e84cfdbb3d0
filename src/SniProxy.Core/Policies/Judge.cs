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

    /// <param name="policy">The compiled policy.</param>
    /// <param name="mode">The effective mode, after the sandbox's own and the roll-out.</param>
    /// <param name="strict">Strict mode, whatever switched it on.</param>
    /// <param name="guard">The floor under all rules.</param>
    public Judge(Policy policy, Mode mode, bool strict, Guard guard)
    {
        this.policy = policy;
        this.guard = guard;
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

    public Policy? Policy => policy;

    /// <summary>A judge that refuses everything, in every mode: a paused sandbox, a missing policy.</summary>
    public static Judge Refusing(Reason reason, Policy? policy = null) => new(policy, reason);

    /// <summary>Judges the pair of name and original destination. <see cref="FlowStep.Dial"/> means: dial the original destination.</summary>
    public FlowOutcome Begin(in FlowFacts flow) => throw new NotImplementedException();

    /// <summary>
    /// Judges each address the appliance resolved for the flow's name. Writes the ones to dial, in the given order, to
    /// <paramref name="dial"/> (as long as <paramref name="resolved"/>, at least 1). In shadow and observe what is written is the original
    /// destination, where there is one.
    /// </summary>
    public FlowOutcome Finish(in FlowFacts flow, ReadOnlySpan<Address> resolved, Span<Address> dial, out int count) => throw new NotImplementedException();

    /// <summary>Judges a name that is asked for in DNS: denied when every port and scheme of it would be.</summary>
    public Verdict JudgeName(HostName name) => throw new NotImplementedException();

    /// <summary>True when a denied name must be answered with NODATA because some rule could allow a name below it.</summary>
    public bool MayAllowBelow(HostName name) => throw new NotImplementedException();

    /// <summary>True when the sandbox may learn this address for this name: the guard lets some flow to it pass.</summary>
    public bool MayAnswer(HostName name, Address address) => throw new NotImplementedException();

    /// <summary>True when a deny rule names this host on every port; an alias in a DNS answer that leads over it is denied.</summary>
    public bool DeniesByRule(HostName name) => throw new NotImplementedException();

    /// <summary>The verdict in words, for events and refusals, with the near miss. Off the hot path.</summary>
    public string Describe(in FlowFacts flow, in Verdict verdict, out string? nearMiss) => throw new NotImplementedException();
}
