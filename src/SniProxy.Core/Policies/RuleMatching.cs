using System.Runtime.CompilerServices;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies;

/// <summary>
/// Whether an entry makes its rule match one candidate. What is unknown never helps the client: it fits what forbids and never what lets
/// pass. Only where the address is open (<see cref="Pair.HasAddress"/>) the question is the other way round: could some address pass?
/// </summary>
internal static class RuleMatching
{
    /// <summary>The rule as a whole, by each of its entries: as told to people, not as looked up.</summary>
    public static RuleMatch Match(PolicyRule rule, in Pair pair)
    {
        var match = RuleMatch.No;
        foreach (var entry in rule.Scope)
        {
            if (Fits(entry, pair) && Match(rule, entry, pair) is var here && here > match)
            {
                match = here;
            }
        }

        return match;
    }

    /// <summary>What the entry itself asks for is there. What its rule takes out again is not looked at.</summary>
    public static bool Fits(RuleEntry entry, in Pair pair) => entry.Decision == Decision.Deny
        ? entry.FitsDenial(pair.Traffic) && (pair.HasAddress || entry.Kind != EntryKind.Address)
        : LetsPass(entry, pair);

    /// <summary>
    /// The same for an entry of a table. A name that is known is compared right here, also with one that a rule denies; it is known only where
    /// nothing is unreadable (<see cref="Pair.Name"/>).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Fits(RuleTable table, in PlacedEntry place, in Pair pair)
    {
        if (!place.Pattern.IsPacked || pair.Name is not { } name)
        {
            return Fits(place.Entry, pair);
        }

        return (place.Decision == Decision.Deny ? place.Traffic.FitsDenial(pair.Traffic) : !pair.IsUnbound && place.Traffic.FitsPassage(pair.Traffic))
            && place.Pattern.Matches(table.Texts, name);
    }

    /// <summary>The same for an entry whose block is known to contain the candidate's address, so that the block need not be read.</summary>
    public static bool FitsAddress(in PlacedEntry place, in Pair pair) => place.Decision == Decision.Deny
        ? place.Traffic.FitsDenial(pair.Traffic)
        : !pair.IsQuestion && place.Traffic.FitsPassage(pair.Traffic) && (pair.Unreadable == Reason.None || place.Traffic.Scheme == EntryScheme.Tcp);

    /// <summary>Whether an entry that fits makes its rule match.</summary>
    public static RuleMatch Match(PolicyRule rule, RuleEntry entry, in Pair pair) => entry.Decision != Decision.Deny
        ? Exceptions.TakeOutOfPassage(rule, pair) ? RuleMatch.No : RuleMatch.Yes
        : entry.Kind == EntryKind.Name ? MatchDeniedNames(rule, entry, pair) : MatchDeniedAddress(rule, entry, pair);

    /// <summary>True when the entry opens the private address of the candidate: wholly inside a private range, or by its rule's <c>resolvesTo</c>.</summary>
    public static bool Lifts(PolicyRule rule, RuleEntry entry, in Pair pair) =>
        entry.IsAllow
        && rule.LiftsPrivate
        && (entry.IsWhollyPrivate || (entry.Kind == EntryKind.Name && rule.ResolvesTo.Contains(pair.Address)))
        && LetsPass(entry, pair)
        && !Exceptions.TakeOutOfPassage(rule, pair);

    private static bool LetsPass(RuleEntry entry, in Pair pair)
    {
        if (!entry.FitsPassage(pair.Traffic))
        {
            return false;
        }

        if (entry.Kind == EntryKind.Address)
        {
            return !pair.IsQuestion
                && (pair.Unreadable == Reason.None || entry.Scheme == EntryScheme.Tcp)
                && (!pair.HasAddress || entry.Block.Contains(pair.Address));
        }

        if (pair.IsUnbound || pair.Unreadable != Reason.None)
        {
            return false;
        }

        if (entry.Kind == EntryKind.Any)
        {
            return !entry.IsAllow || (pair.Name is not null && pair.Evidence != Evidence.Dns);
        }

        // HTTP whose Host is an address has shown that it means no name; the ledger's names do not speak for it.
        return pair.Name is not null
            ? entry.Names(pair.Name)
            : !pair.Traffic.CarriesNames && entry.NamesOneOf(pair.BoundNames);
    }

    private static RuleMatch MatchDeniedNames(PolicyRule rule, RuleEntry entry, in Pair pair)
    {
        if (pair.Name is not null)
        {
            return entry.Names(pair.Name) && !Exceptions.TakeOutOfDenial(rule, pair, pair.Name, pair.Address) ? RuleMatch.Yes : RuleMatch.No;
        }

        foreach (var name in pair.BoundNames)
        {
            if (entry.Names(name) && !Exceptions.TakeOutOfDenial(rule, pair, name, pair.Address))
            {
                return RuleMatch.Yes;
            }
        }

        return pair.IsNameUnknown && !Exceptions.TakeOutOfDenial(rule, pair, null, pair.Address) ? RuleMatch.Concerns : RuleMatch.No;
    }

    private static RuleMatch MatchDeniedAddress(PolicyRule rule, RuleEntry entry, in Pair pair)
    {
        if (entry.Kind != EntryKind.Address || entry.Block.Contains(pair.Address))
        {
            return IsDenied(rule, pair, pair.Address) ? RuleMatch.Yes : RuleMatch.No;
        }

        Span<Address> embedded = stackalloc Address[EmbeddedAddresses.MaxCount];
        foreach (var inner in embedded[..(entry.Block.IsIPv4 ? pair.ReadEmbedded(embedded) : 0)])
        {
            if (entry.Block.Contains(inner) && IsDenied(rule, pair, inner))
            {
                return RuleMatch.Yes;
            }
        }

        return RuleMatch.No;
    }

    // By the address of the candidate that the rule's entry names.
    private static bool IsDenied(PolicyRule rule, in Pair pair, Address address)
    {
        // A name that nothing ties to this address cannot take the address out of a denial.
        if (pair.BoundNames.IsEmpty)
        {
            return !Exceptions.TakeOutOfDenial(rule, pair, pair.IsUnbound ? null : pair.Name, address);
        }

        foreach (var name in pair.BoundNames)
        {
            if (!Exceptions.TakeOutOfDenial(rule, pair, name, address))
            {
                return true;
            }
        }

        return false;
    }
}
