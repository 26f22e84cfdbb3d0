using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies.Tables;

namespace SniProxy.Core.Policies;

/// <summary>
/// The rules of a policy in the order of the walk, and the entries of all of them in one table, so that the first rule that matches is found
/// without walking. The only thing that knows how rules are found. Immutable.
/// </summary>
internal sealed class RuleTable
{
    private readonly PolicyRule[] rules;
    private readonly PlacedEntry[] places;
    private readonly byte[] texts;
    private readonly BelowIndex below;

    /// <param name="rules">Ordered by priority, then by position.</param>
    public RuleTable(PolicyRule[] rules)
    {
        this.rules = rules;
        (places, texts) = Place(rules);
        Entries = new EntryTable([.. places.Select(place => place.Entry)], position => places[position].Order);
        below = BelowIndex.Of(places);
    }

    public static RuleTable Empty { get; } = new([]);

    public IReadOnlyList<PolicyRule> Rules => rules;

    public ReadOnlySpan<PolicyRule> InOrder => rules;

    /// <summary>The scopes of all rules, one after the other. A position in it is one in <see cref="Places"/>, and ascends with the order of the rules.</summary>
    public EntryTable Entries { get; }

    public ReadOnlySpan<PlacedEntry> Places => places;

    /// <summary>Of the patterns in <see cref="Places"/>.</summary>
    public ReadOnlySpan<byte> Texts => texts;

    /// <summary>The rule at a place in the order; null for <see cref="int.MaxValue"/>, which stands for none.</summary>
    public PolicyRule? At(int order) => order < rules.Length ? rules[order] : null;

    /// <summary>True when an allow or audit rule names something below the name.</summary>
    public bool PassesBelow(RulesInForce inForce, HostName name, bool allowOnly)
    {
        for (var next = 0; below.TryFindNext(name, ref next, out var found);)
        {
            if (PassesBelow(inForce, found, name, allowOnly))
            {
                return true;
            }
        }

        // What a wildcard for every depth says of the name it also says of all names below it.
        for (var lookup = Entries.Hosts.Matching(name); lookup.MoveNext(out var found);)
        {
            if (PassesBelow(inForce, found, name, allowOnly))
            {
                return true;
            }
        }

        return PassesBelow(inForce, Entries.Positions, name, allowOnly);
    }

    private static (PlacedEntry[] Places, byte[] Texts) Place(PolicyRule[] rules)
    {
        var places = new PlacedEntry[rules.Sum(rule => rule.Scope.Length)];
        var texts = new byte[rules.Sum(rule => rule.Scope.Sum(entry => entry.Pattern?.FixedPart.Length ?? 0))];
        var (next, end) = (0, 0);
        for (var order = 0; order < rules.Length; order++)
        {
            foreach (var entry in rules[order].Scope)
            {
                places[next++] = new PlacedEntry(entry, rules[order], order, PackedPattern.Of(entry.Pattern, texts, ref end));
            }
        }

        return (places, texts);
    }

    private bool PassesBelow(RulesInForce inForce, ReadOnlySpan<int> positions, HostName name, bool allowOnly)
    {
        foreach (var position in positions)
        {
            ref readonly var place = ref places[position];
            var entry = place.Entry;
            if (entry.Decision != Decision.Deny && (entry.IsAllow || !allowOnly) && inForce.Holds(place) && entry.Pattern is { } pattern && pattern.MatchesBelow(name))
            {
                return true;
            }
        }

        return false;
    }
}
