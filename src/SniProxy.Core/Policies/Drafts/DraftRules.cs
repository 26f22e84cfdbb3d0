using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies.Replays;

namespace SniProxy.Core.Policies.Drafts;

/// <summary>The rules for one group of flows: names, names that lead to private addresses, addresses.</summary>
internal static class DraftRules
{
    public static IEnumerable<RuleDocument> Of(RecordedFlow[] flows, RuleWhen? when, DraftOptions options)
    {
        var named = flows.Where(flow => flow.Name is not null && flow.Unreadable == Reason.None).ToArray();
        var inside = named.Where(flow => SpecialAddresses.Classify(flow.Address) == AddressClass.Private && !flow.Address.IsUnspecified)
            .GroupBy(flow => flow.Name?.Value ?? string.Empty)
            .ToDictionary(group => group.Key, group => string.Join(' ', group.Select(flow => flow.Address).Distinct().Order()));

        var outside = DraftEntries.Of(named.Where(flow => !inside.ContainsKey(flow.Name?.Value ?? string.Empty)));
        if (Rule(DraftWildcards.Widen(outside, options), [], when) is { } names)
        {
            yield return names;
        }

        // Names that lead to the same private addresses share a rule; its opening must not become another name's.
        foreach (var group in named.Where(flow => inside.ContainsKey(flow.Name?.Value ?? string.Empty)).GroupBy(flow => inside[flow.Name?.Value ?? string.Empty]).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            Cidr[] blocks = [.. group.Select(flow => flow.Address).Where(address => SpecialAddresses.Classify(address) == AddressClass.Private).Distinct().Order().Select(address => Cidr.Of(address))];
            if (Rule(DraftEntries.Of(group), blocks, when) is { } rule)
            {
                yield return rule;
            }
        }

        if (Rule(DraftEntries.Of(flows.Except(named)), [], when) is { } addresses)
        {
            yield return addresses;
        }
    }

    private static RuleDocument? Rule(IReadOnlyList<PolicyEntry> entries, Cidr[] resolvesTo, RuleWhen? when) => entries.Count == 0
        ? null
        : new RuleDocument { Decision = Decision.Allow, Scope = entries, ResolvesTo = resolvesTo, When = when };
}
