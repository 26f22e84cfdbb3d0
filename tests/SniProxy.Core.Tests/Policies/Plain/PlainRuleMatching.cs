using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies.Plain;

/// <summary>
/// Whether one rule matches one candidate. What is unknown never helps the client: it fits what forbids and never what lets pass.
/// Only where the address is open (<see cref="Pair.HasAddress"/>) the question is the other way round: could some address pass?
/// </summary>
internal static class PlainRuleMatching
{
    public static RuleMatch Match(PolicyRule rule, in Pair pair)
    {
        if (rule.Decision == Decision.Deny)
        {
            return MatchDenial(rule, pair);
        }

        foreach (var entry in rule.Scope)
        {
            if (LetsPass(entry, pair))
            {
                return IsExceptedFromPassage(rule, pair) ? RuleMatch.No : RuleMatch.Yes;
            }
        }

        return RuleMatch.No;
    }

    /// <summary>True when the rule opens the private address of the candidate: by an entry wholly inside a private range, or by <c>resolvesTo</c>.</summary>
    public static bool Lifts(PolicyRule rule, in Pair pair)
    {
        if (rule.Decision != Decision.Allow || !rule.LiftsPrivate)
        {
            return false;
        }

        foreach (var entry in rule.Scope)
        {
            var names = entry.Kind == EntryKind.Name && MayResolveTo(rule, pair);
            if ((names || entry.IsWhollyPrivate) && LetsPass(entry, pair))
            {
                return !IsExceptedFromPassage(rule, pair);
            }
        }

        return false;
    }

    private static bool MayResolveTo(PolicyRule rule, in Pair pair)
    {
        foreach (var block in rule.ResolvesTo.Blocks)
        {
            if (block.Contains(pair.Address))
            {
                return true;
            }
        }

        return false;
    }

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
                && (!pair.HasAddress || entry.Written.Block.Contains(pair.Address));
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
            ? Names(entry, pair.Name)
            : !pair.Traffic.CarriesNames && NamesOneOf(entry, pair.BoundNames);
    }

    private static bool IsExceptedFromPassage(PolicyRule rule, in Pair pair)
    {
        foreach (var entry in rule.Except.Entries)
        {
            if (entry.FitsDenial(pair.Traffic) && entry.Kind switch
            {
                EntryKind.Any => true,
                EntryKind.Address => AddressesOf(pair).Any(entry.Written.Block.Contains),
                _ => pair.IsNameUnknown || (pair.Name is not null ? Names(entry, pair.Name) : NamesOneOf(entry, pair.BoundNames)),
            })
            {
                return true;
            }
        }

        return false;
    }

    private static RuleMatch MatchDenial(PolicyRule rule, in Pair pair)
    {
        var match = RuleMatch.No;
        foreach (var entry in rule.Scope)
        {
            if (!entry.FitsDenial(pair.Traffic))
            {
                continue;
            }

            var here = entry.Kind == EntryKind.Name ? MatchDeniedNames(rule, entry, pair) : MatchDeniedAddress(rule, entry, pair);
            if (here == RuleMatch.Yes)
            {
                return here;
            }

            match = here > match ? here : match;
        }

        return match;
    }

    private static RuleMatch MatchDeniedNames(PolicyRule rule, RuleEntry entry, in Pair pair)
    {
        if (pair.Name is not null)
        {
            return Names(entry, pair.Name) && !IsExceptedFromDenial(rule, pair, pair.Name, pair.Address) ? RuleMatch.Yes : RuleMatch.No;
        }

        foreach (var name in pair.BoundNames)
        {
            if (Names(entry, name) && !IsExceptedFromDenial(rule, pair, name, pair.Address))
            {
                return RuleMatch.Yes;
            }
        }

        return pair.IsNameUnknown && !IsExceptedFromDenial(rule, pair, null, pair.Address) ? RuleMatch.Concerns : RuleMatch.No;
    }

    // What is forbidden for an IPv4 address is so, too, for an IPv6 address that stands for it; each is looked at by itself.
    private static RuleMatch MatchDeniedAddress(PolicyRule rule, RuleEntry entry, in Pair pair)
    {
        if (entry.Kind != EntryKind.Address)
        {
            return IsDenied(rule, pair, pair.Address) ? RuleMatch.Yes : RuleMatch.No;
        }

        foreach (var address in AddressesOf(pair))
        {
            if (entry.Written.Block.Contains(address) && IsDenied(rule, pair, address))
            {
                return RuleMatch.Yes;
            }
        }

        return RuleMatch.No;
    }

    private static bool IsDenied(PolicyRule rule, in Pair pair, Address address)
    {
        // A name that nothing ties to this address cannot take the address out of a denial.
        if (pair.BoundNames.IsEmpty)
        {
            return !IsExceptedFromDenial(rule, pair, pair.IsUnbound ? null : pair.Name, address);
        }

        foreach (var name in pair.BoundNames)
        {
            if (!IsExceptedFromDenial(rule, pair, name, address))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsExceptedFromDenial(PolicyRule rule, in Pair pair, HostName? name, Address address)
    {
        foreach (var entry in rule.Except.Entries)
        {
            if (entry.FitsDenial(pair.Traffic) && entry.Kind switch
            {
                EntryKind.Any => true,
                EntryKind.Address => !pair.HasAddress || entry.Written.Block.Contains(address),
                _ => name is not null && Names(entry, name),
            })
            {
                return true;
            }
        }

        return false;
    }

    private static List<Address> AddressesOf(in Pair pair)
    {
        var embedded = new Address[EmbeddedAddresses.MaxCount];
        return pair.HasAddress ? [pair.Address, .. embedded.AsSpan(0, EmbeddedAddresses.Read(pair.Address, embedded))] : [];
    }

    private static bool NamesOneOf(RuleEntry entry, ReadOnlySpan<HostName> names)
    {
        foreach (var name in names)
        {
            if (Names(entry, name))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Names(RuleEntry entry, HostName name) => entry.Written.Pattern is { } pattern && pattern.Matches(name);
}
