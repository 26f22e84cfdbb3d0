using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies;

/// <summary>Tells the walk over the rules step by step, by the code that judges. Off the hot path.</summary>
internal static class Explainer
{
    public static List<WalkStep> Walk(RulesInForce rules, in Pair pair, in FlowFacts shown, bool allowOnly)
    {
        var steps = new List<WalkStep>();
        foreach (var grant in rules.Policy.GrantRules?.Rules ?? [])
        {
            var granted = RuleMatching.Match(grant, pair);
            steps.Add(new WalkStep(grant.Name, null, granted == RuleMatch.Yes, Why(grant, granted, pair, shown)));
            if (granted == RuleMatch.Yes)
            {
                return steps;
            }
        }

        foreach (var rule in rules.Table.InOrder)
        {
            if (allowOnly && rule.Decision == Decision.Audit)
            {
                steps.Add(new WalkStep(rule.Name, rule.Label, false, "audit rules let nothing pass in strict mode"));
                continue;
            }

            if (rules.Unmet(rule) is { } unmet)
            {
                steps.Add(new WalkStep(rule.Name, rule.Label, false, unmet));
                continue;
            }

            var match = RuleMatching.Match(rule, pair);
            steps.Add(new WalkStep(rule.Name, rule.Label, match != RuleMatch.No, Why(rule, match, pair, shown)));
            if (match != RuleMatch.No)
            {
                return steps;
            }
        }

        steps.Add(new WalkStep("default", null, true, $"no rule matches: {rules.Policy.Default.ToString().ToLowerInvariant()}"));
        return steps;
    }

    private static string Why(PolicyRule rule, RuleMatch match, in Pair pair, in FlowFacts shown)
    {
        if (match == RuleMatch.Concerns)
        {
            return "the name is unknown, and it could be one that this rule denies";
        }

        RuleEntry? near = null;
        foreach (var entry in rule.Scope)
        {
            if (!IsMeant(entry, pair))
            {
                continue;
            }

            if (match == RuleMatch.Yes && (rule.Decision == Decision.Deny ? entry.FitsDenial(pair.Traffic) : entry.FitsPassage(pair.Traffic)))
            {
                return Embedded(entry, pair) is { } inner ? $"\"{entry.Written}\" matches {inner}, to which {pair.Address} leads" : $"\"{entry.Written}\" matches";
            }

            near ??= entry;
        }

        if (near is null)
        {
            return "no entry names it";
        }

        if (!near.Ports.Contains(pair.Traffic.Port))
        {
            return $"\"{near.Written}\" is about other ports";
        }

        return (rule.Decision == Decision.Deny ? near.FitsDenial(pair.Traffic) : near.FitsPassage(pair.Traffic))
            ? !rule.Except.IsEmpty ? "\"except\" takes it out" : $"\"{near.Written}\" does not hold without a name that is tied to the address"
            : $"\"{near.Written}\" is about another protocol than {shown.Protocol.ToString().ToLowerInvariant()}";
    }

    private static bool IsMeant(RuleEntry entry, in Pair pair)
    {
        if (entry.Kind == EntryKind.Any)
        {
            return true;
        }

        if (entry.Kind == EntryKind.Address)
        {
            return (pair.HasAddress && entry.Block.Contains(pair.Address)) || (entry.Decision == Decision.Deny && Embedded(entry, pair) is not null);
        }

        if (entry.Written.Pattern is not { } pattern)
        {
            return false;
        }

        foreach (var name in pair.BoundNames)
        {
            if (pattern.Matches(name))
            {
                return true;
            }
        }

        return pair.Name is not null && pattern.Matches(pair.Name);
    }

    // The address that the entry names, where it is not the candidate's own but embedded in it.
    private static Address? Embedded(RuleEntry entry, in Pair pair)
    {
        if (entry.Kind != EntryKind.Address || !entry.Block.IsIPv4)
        {
            return null;
        }

        Span<Address> embedded = stackalloc Address[EmbeddedAddresses.MaxCount];
        foreach (var inner in embedded[..pair.ReadEmbedded(embedded)])
        {
            if (entry.Block.Contains(inner))
            {
                return inner;
            }
        }

        return null;
    }
}
