using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;

namespace SniProxy.Core.Policies;

/// <summary>
/// What is kept of a flow that was let through, so that it can be judged again when something changes: the facts it was judged by, where it
/// leads, and nothing else, because every open flow has one of these. Immutable.
/// </summary>
public sealed class KeptFacts
{
    private readonly HostName? name;
    private readonly HostName[] boundNames;
    private readonly IReadOnlyList<HostName> hops;
    private readonly Address originalDestination;
    private readonly Address dialled;
    private readonly ushort port;
    private readonly Transport transport;
    private readonly Protocol protocol;
    private readonly Evidence evidence;
    private readonly Reason unreadable;
    private readonly Traits traits;

    /// <param name="flow">As it was judged.</param>
    /// <param name="boundNames">The same as in <paramref name="flow"/>, where they can be kept.</param>
    /// <param name="dialled">The address it is connected to.</param>
    /// <param name="isResolved">The appliance resolved the flow's name to that address, by way of <paramref name="hops"/>.</param>
    /// <param name="hops">The aliases on that way.</param>
    public KeptFacts(in FlowFacts flow, HostName[] boundNames, Address dialled, bool isResolved, IReadOnlyList<HostName> hops)
    {
        this.boundNames = boundNames;
        this.hops = hops;
        this.dialled = dialled;
        name = flow.Name;
        originalDestination = flow.OriginalDestination;
        port = flow.Port;
        transport = flow.Transport;
        protocol = flow.Protocol;
        evidence = flow.Evidence;
        unreadable = flow.Unreadable;
        traits = (flow.IsLiteral ? Traits.Literal : 0) | (flow.IsBound ? Traits.Bound : 0) | (flow.HasEch ? Traits.Ech : 0) | (isResolved ? Traits.Resolved : 0);
    }

    [Flags]
    private enum Traits : byte
    {
        Literal = 1,
        Bound = 2,
        Ech = 4,
        Resolved = 8,
    }

    public Protocol Protocol => protocol;

    /// <summary>The verdict that the flow would get now, on the address it is connected to. Allocates nothing.</summary>
    public Verdict JudgeBy(in Judge judge)
    {
        var facts = Facts;
        var outcome = judge.Begin(facts);
        var isOriginal = dialled == originalDestination;
        if (outcome.Step == FlowStep.Refuse || (outcome.Step == FlowStep.Dial && isOriginal))
        {
            return outcome.Verdict;
        }

        if (outcome.Step == FlowStep.Resolve && isOriginal && !Has(Traits.Resolved))
        {
            // It would be taken elsewhere now: nothing but the client ties the name to this address.
            return Verdict.Deny(Reason.UnboundName, outcome.Verdict.Rule);
        }

        if (outcome.Step == FlowStep.Resolve && judge.DenialOver(hops) is { } denial)
        {
            return denial;
        }

        Span<Address> dial = stackalloc Address[1];
        return judge.Finish(facts, [dialled], dial, out _).Verdict;
    }

    private FlowFacts Facts => new()
    {
        Transport = transport,
        Protocol = protocol,
        Port = port,
        OriginalDestination = originalDestination,
        IsLiteral = Has(Traits.Literal),
        Name = name,
        Evidence = evidence,
        IsBound = Has(Traits.Bound),
        BoundNames = boundNames,
        Unreadable = unreadable,
        HasEch = Has(Traits.Ech),
    };

    private bool Has(Traits trait) => (traits & trait) != 0;
}
