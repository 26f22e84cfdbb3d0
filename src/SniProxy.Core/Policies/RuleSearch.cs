using System.Runtime.CompilerServices;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies.Tables;

namespace SniProxy.Core.Policies;

/// <summary>
/// Which rule a walk would come to first, found without walking: of each list of entries that may concern the candidate, the first that
/// matches, and of those the first in the order of the rules.
/// </summary>
internal static class RuleSearch
{
    /// <summary>The place in the order where no rule is.</summary>
    public const int None = int.MaxValue;

    public static RuleFinding FirstMatch(RulesInForce rules, in Pair pair, bool allowOnly)
    {
        var table = rules.Table;
        var best = RuleFinding.None;
        for (var lookup = table.Entries.Find(Query(pair)); lookup.MoveNext();)
        {
            foreach (var position in lookup.Current)
            {
                ref readonly var place = ref table.Places[position];
                if (place.Order > best.Order || (place.Order == best.Order && best.Match == RuleMatch.Yes))
                {
                    break;
                }

                if ((allowOnly && place.Decision == Decision.Audit) || !(lookup.IsAddress ? RuleMatching.FitsAddress(place, pair) : RuleMatching.Fits(table, place, pair)))
                {
                    if (lookup.IsGroup)
                    {
                        break; // nor does any other of them
                    }

                    continue;
                }

                var match = place.IsUnqualified && (place.Decision != Decision.Deny || lookup.IsAddress || (place.Pattern.IsPacked && pair.Name is not null)) ? RuleMatch.Yes
                    : rules.Holds(place) ? RuleMatching.Match(place.Rule, place.Entry, pair)
                    : RuleMatch.No;
                if (match != RuleMatch.No && (place.Order < best.Order || match > best.Match))
                {
                    best = new RuleFinding(place.Order, match, place.Decision, place.Rule);
                }
            }
        }

        return FirstDenialOfEmbedded(rules, pair) is < None and var denial && denial <= best.Order
            ? new RuleFinding(denial, RuleMatch.Yes, Decision.Deny, table.At(denial))
            : best;
    }

    /// <summary>The place of the first deny rule that matches.</summary>
    public static int FirstDenial(RulesInForce rules, in Pair pair)
    {
        var table = rules.Table;
        var best = None;
        for (var lookup = table.Entries.Find(Query(pair)); lookup.MoveNext();)
        {
            foreach (var position in lookup.Current)
            {
                ref readonly var place = ref table.Places[position];
                if (place.Order >= best)
                {
                    break;
                }

                if (place.Decision != Decision.Deny || !(lookup.IsAddress ? RuleMatching.FitsAddress(place, pair) : RuleMatching.Fits(table, place, pair)))
                {
                    if (lookup.IsGroup)
                    {
                        break;
                    }

                    continue;
                }

                best = !rules.Holds(place) || RuleMatching.Match(place.Rule, place.Entry, pair) == RuleMatch.No ? best : place.Order;
            }
        }

        return Math.Min(best, FirstDenialOfEmbedded(rules, pair));
    }

    /// <summary>The place of the first allow rule that opens the candidate's private address.</summary>
    public static int FirstLift(RulesInForce rules, in Pair pair)
    {
        var table = rules.Table;
        var best = None;
        for (var lookup = table.Entries.Find(Query(pair)); lookup.MoveNext();)
        {
            foreach (var position in lookup.Current)
            {
                ref readonly var place = ref table.Places[position];
                if (place.Order >= best)
                {
                    break;
                }

                if (rules.Holds(place) && RuleMatching.Lifts(place.Rule, place.Entry, pair))
                {
                    best = place.Order;
                }
            }
        }

        return best;
    }

    // The place of the first deny rule for an address that is embedded in the candidate's. Hardly any has one.
    private static int FirstDenialOfEmbedded(RulesInForce rules, in Pair pair)
    {
        var table = rules.Table;
        var best = None;
        Span<Address> embedded = stackalloc Address[EmbeddedAddresses.MaxCount];
        foreach (var inner in embedded[..pair.ReadEmbedded(embedded)])
        {
            // What stands in a group is about any address, and was looked at by the candidate's own.
            for (var lookup = table.Entries.Find(new EntryQuery { Address = inner, HasAddress = true }); lookup.MoveNext() && !lookup.IsGroup;)
            {
                foreach (var position in lookup.Current)
                {
                    ref readonly var place = ref table.Places[position];
                    if (place.Order < best
                        && place.Decision == Decision.Deny
                        && RuleMatching.Fits(place.Entry, pair)
                        && rules.Holds(place)
                        && RuleMatching.Match(place.Rule, place.Entry, pair) == RuleMatch.Yes)
                    {
                        best = place.Order;
                    }
                }
            }
        }

        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static EntryQuery Query(in Pair pair) => new()
    {
        Name = pair.Name,
        Names = pair.BoundNames,
        IsNameOpen = pair.IsNameUnknown,
        Address = pair.Address,
        HasAddress = pair.HasAddress,
        IsAddressOpen = !pair.HasAddress && !pair.IsQuestion,
    };
}
