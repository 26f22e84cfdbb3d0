using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies.Plain;

/// <summary>One walk over the rules for one candidate: the first match, else the default. Knows nothing of modes and of the guard.</summary>
internal static class PlainRuleWalk
{
    /// <param name="policy">The rules.</param>
    /// <param name="pair">The candidate.</param>
    /// <param name="allowOnly">Strict mode: audit rules and the default let nothing pass.</param>
    public static Verdict Walk(Policy policy, in Pair pair, bool allowOnly)
    {
        if (Impassable(policy, pair) is var reason && reason != Reason.None)
        {
            return Verdict.Deny(reason);
        }

        foreach (var grant in GrantsOf(policy))
        {
            if (PlainRuleMatching.Match(grant, pair) == RuleMatch.Yes)
            {
                return new Verdict(Decision.Allow, Reason.Grant, grant);
            }
        }

        foreach (var rule in policy.Rules)
        {
            if (allowOnly && rule.Decision == Decision.Audit)
            {
                continue;
            }

            switch (PlainRuleMatching.Match(rule, pair))
            {
                case RuleMatch.Yes:
                    return new Verdict(rule.Decision, Reason.Rule, rule);
                case RuleMatch.Concerns:
                    return Verdict.Deny(pair.Unreadable != Reason.None ? pair.Unreadable : Reason.NoServerName, rule);
                default:
                    continue;
            }
        }

        return Default(policy, pair, allowOnly);
    }

    /// <summary>True when some allow rule opens the private address of the candidate.</summary>
    /// <param name="policy">The rules.</param>
    /// <param name="pair">The candidate.</param>
    /// <param name="untilDenied">Only rules before the first denial count: what opens an address after it was denied opens nothing.</param>
    public static bool IsLifted(Policy policy, in Pair pair, bool untilDenied)
    {
        foreach (var grant in GrantsOf(policy))
        {
            if (PlainRuleMatching.Lifts(grant, pair))
            {
                return true;
            }
        }

        foreach (var rule in policy.Rules)
        {
            if (PlainRuleMatching.Lifts(rule, pair))
            {
                return true;
            }

            if (untilDenied && rule.Decision == Decision.Deny && PlainRuleMatching.Match(rule, pair) != RuleMatch.No)
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>What stands before the rules.</summary>
    public static IReadOnlyList<PolicyRule> GrantsOf(Policy policy) => policy.GrantRules?.Rules ?? [];

    // What no rule can let pass.
    private static Reason Impassable(Policy policy, in Pair pair)
    {
        if (pair.Traffic.Transport == Transport.Udp)
        {
            return pair.Traffic.Protocol != Protocol.Quic ? Reason.Udp : policy.Quic == QuicHandling.Block ? Reason.Quic : Reason.None;
        }

        return pair.Unreadable switch
        {
            Reason.NoServerName or Reason.MalformedClientHello or Reason.ClientHelloTimeout or Reason.ClientHelloTooLarge or Reason.MalformedRequest => Reason.None,
            var other => other,
        };
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
