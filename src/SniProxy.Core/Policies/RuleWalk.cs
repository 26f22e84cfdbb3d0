using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies;

/// <summary>What a walk over the rules finds for one candidate: the first match, else the default. Knows nothing of modes and of the guard.</summary>
internal static class RuleWalk
{
    /// <param name="rules">The rules.</param>
    /// <param name="pair">The candidate.</param>
    /// <param name="allowOnly">Strict mode: audit rules and the default let nothing pass.</param>
    public static Verdict Walk(RulesInForce rules, in Pair pair, bool allowOnly)
    {
        if (Impassable(rules.Policy, pair) is var reason && reason != Reason.None)
        {
            return Verdict.Deny(reason);
        }

        if (rules.HasGrants && RuleSearch.FirstMatch(rules.Grants, pair, allowOnly: true).Rule is { } grant)
        {
            return new Verdict(Decision.Allow, Reason.Grant, grant);
        }

        var found = RuleSearch.FirstMatch(rules, pair, allowOnly);
        if (found.Rule is { } rule)
        {
            return found.Match == RuleMatch.Yes
                ? new Verdict(found.Decision, Reason.Rule, rule)
                : Verdict.Deny(pair.Unreadable != Reason.None ? pair.Unreadable : Reason.NoServerName, rule);
        }

        return Default(rules.Policy, pair, allowOnly);
    }

    /// <summary>True when some allow rule opens the private address of the candidate.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="pair">The candidate.</param>
    /// <param name="untilDenied">Only rules before the first denial count: what opens an address after it was denied opens nothing.</param>
    public static bool IsLifted(RulesInForce rules, in Pair pair, bool untilDenied)
    {
        if (rules.HasGrants && RuleSearch.FirstLift(rules.Grants, pair) != RuleSearch.None)
        {
            return true;
        }

        var lifting = RuleSearch.FirstLift(rules, pair);
        return lifting != RuleSearch.None && !(untilDenied && RuleSearch.FirstDenial(rules, pair) < lifting);
    }

    // What no rule can let pass.
    private static Reason Impassable(Policy policy, in Pair pair)
    {
        if (pair.Traffic.Transport == Transport.Udp)
        {
            return pair.Traffic.Protocol != Protocol.Quic ? Reason.Udp : policy.Quic == QuicHandling.Block ? Reason.Quic : Reason.None;
        }

        // An address rule with tcp:// lets pass what cannot be read.
        return pair.Unreadable.IsUnreadable() ? Reason.None : pair.Unreadable;
    }

    private static Verdict Default(Policy policy, in Pair pair, bool allowOnly)
    {
        if (pair.Unreadable != Reason.None)
        {
            return Verdict.Deny(pair.Unreadable);
        }

        if (pair.Traffic.BreaksPin)
        {
            return Verdict.Deny(Reason.ProtocolMismatch);
        }

        if (policy.Default == Decision.Deny)
        {
            return Verdict.Deny(Reason.Default);
        }

        if (pair.IsUnbound)
        {
            return Verdict.Deny(pair.Name is null ? Reason.NoServerName : Reason.UnboundName);
        }

        // Bytes inside a tunnel of ours that are neither TLS nor HTTP need a rule (there is no name to hold them to).
        if (pair.Evidence == Evidence.Connect && !pair.Traffic.CarriesNames)
        {
            return Verdict.Deny(Reason.ProtocolMismatch);
        }

        return allowOnly ? Verdict.Deny(Reason.Strict) : new Verdict(policy.Default, Reason.Default);
    }
}
