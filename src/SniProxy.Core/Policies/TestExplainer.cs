using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;

namespace SniProxy.Core.Policies;

/// <summary>
/// Says what would become of a destination, by the methods that judge flows, in the steps in which a door takes them. Off the hot path.
/// </summary>
internal static class TestExplainer
{
    /// <summary>
    /// The best that a well-behaved client could get: it tries one address after another, and on a port where the server speaks first it is
    /// judged twice.
    /// </summary>
    public static Explanation Explain(in Judge judge, TestDestination destination, KnownBindings known)
    {
        Explanation? best = null;
        foreach (var flow in destination.Flows(known, judge.IsSynthetic))
        {
            var told = ExplainBoth(judge, flow, known);
            if (best is null || Rank(told.Verdict) > Rank(best.Verdict))
            {
                best = told;
            }
        }

        return best ?? throw new InvalidOperationException(destination.Text);
    }

    /// <summary>One flow.</summary>
    /// <param name="judge">Who judges.</param>
    /// <param name="flow">The flow.</param>
    /// <param name="known">Where its name leads, where the verdict depends on it.</param>
    public static Explanation Explain(in Judge judge, TestFlow flow, KnownBindings known)
    {
        var facts = flow.ToFacts();
        var outcome = judge.Begin(facts);
        if (flow.IsNameOpen && (outcome.Step == FlowStep.Resolve || outcome.Verdict.Reason == Reason.UnboundName))
        {
            // No address rule lets it pass, and whatever name it showed would be taken elsewhere or refused; the rest of such clients show none.
            return Explain(judge, flow with { Name = null, IsNameOpen = false, Unreadable = Reason.NoServerName }, known);
        }

        var walked = Pair.Of(facts, facts.OriginalDestination, isUnbound: facts.Name is not null && !facts.IsBound);
        if (outcome.Step == FlowStep.Resolve)
        {
            var isNowhere = facts.OriginalDestination.IsUnspecified && known.Addresses.Count == 0;
            walked = isNowhere ? Pair.OfQuestion(facts) : known.Addresses.Count > 0 ? Pair.Of(facts, known.Addresses[0], isUnbound: false) : walked;
            outcome = outcome with { Verdict = isNowhere && !known.IsResolved ? judge.Prospect(facts) : Finish(judge, flow, known) };
        }
        else if (facts.OriginalDestination.IsUnspecified)
        {
            // No door knows a flow without an address and without a readable name; here the client's next step is open.
            walked = Pair.OfQuestion(facts);
            outcome = facts.Name is null ? outcome with { Verdict = judge.Prospect(facts) } : outcome;
        }

        var shown = flow.ToShown();
        var message = judge.Describe(shown, outcome.Verdict, out var nearMiss);
        return new Explanation(flow.Text, outcome.Verdict, message, nearMiss, judge.Walk(walked, shown));
    }

    private static Explanation ExplainBoth(in Judge judge, TestFlow flow, KnownBindings known)
    {
        var told = Explain(judge, flow, known);
        if (!known.IsServerFirst || flow.Protocol == Protocol.Quic)
        {
            return told;
        }

        var silent = judge.IsSynthetic && flow.Name is not null && flow.Address.IsUnspecified
            ? flow with { Protocol = Protocol.Unread }
            : flow with { Protocol = Protocol.Unread, Name = null, IsNameOpen = false, IsBound = false, BoundNames = BoundNames(flow, known) };
        var unread = Explain(judge, silent, known);
        return Rank(told.Verdict) < Rank(unread.Verdict) ? told : unread;
    }

    private static HostName[] BoundNames(TestFlow flow, KnownBindings known)
    {
        if (flow.BoundNames.Length > 0)
        {
            return flow.BoundNames;
        }

        var bound = known.NamesOf(flow.Address);
        return flow is { Name: { } name, IsNameOpen: false } && !bound.Contains(name) ? [name, .. bound] : bound;
    }

    private static Verdict Finish(in Judge judge, TestFlow flow, KnownBindings known)
    {
        var resolved = known.Addresses.ToArray();
        return judge.DenialOver(known.Hops) ?? judge.Finish(flow.ToFacts(), resolved, new Address[Math.Max(1, resolved.Length)], out _).Verdict;
    }

    private static int Rank(in Verdict verdict) => verdict.IsDenied ? 0 : verdict.WouldDeny ? 1 : 2;
}
