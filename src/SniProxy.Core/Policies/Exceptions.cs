using SniProxy.Core.Addresses;
using SniProxy.Core.Names;
using SniProxy.Core.Policies.Tables;

namespace SniProxy.Core.Policies;

/// <summary>Whether a rule's <c>except</c> takes a candidate out of it again.</summary>
internal static class Exceptions
{
    /// <summary>Of a rule that lets pass: a name that is unknown may be one that is carved out.</summary>
    public static bool TakeOutOfPassage(PolicyRule rule, in Pair pair)
    {
        if (rule.Except.IsEmpty)
        {
            return false;
        }

        var query = new EntryQuery { Name = pair.Name, Names = pair.BoundNames, IsNameOpen = pair.IsNameUnknown, Address = pair.Address, HasAddress = pair.HasAddress };
        for (var lookup = rule.Except.Find(query); lookup.MoveNext();)
        {
            foreach (var position in lookup.Current)
            {
                var entry = rule.Except.Entries[position];
                if (entry.FitsDenial(pair.Traffic) && entry.Kind switch
                {
                    EntryKind.Any => true,
                    EntryKind.Address => pair.HasAddress && entry.Block.Contains(pair.Address),
                    _ => pair.IsNameUnknown || (pair.Name is not null ? entry.Names(pair.Name) : entry.NamesOneOf(pair.BoundNames)),
                })
                {
                    return true;
                }

                if (lookup.IsGroup)
                {
                    break;
                }
            }
        }

        return pair.HasAddress && !pair.Address.IsIPv4 && TakesOutWhatItCarries(rule, pair);
    }

    /// <summary>Of a rule that denies.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="pair">The candidate.</param>
    /// <param name="name">The one of its names that is looked at; null for one that is unknown, which nothing carves out.</param>
    public static bool TakeOutOfDenial(PolicyRule rule, in Pair pair, HostName? name)
    {
        if (rule.Except.IsEmpty)
        {
            return false;
        }

        var query = new EntryQuery { Name = name, Address = pair.Address, HasAddress = pair.HasAddress, IsAddressOpen = !pair.HasAddress };
        for (var lookup = rule.Except.Find(query); lookup.MoveNext();)
        {
            foreach (var position in lookup.Current)
            {
                var entry = rule.Except.Entries[position];
                if (entry.FitsDenial(pair.Traffic) && entry.Kind switch
                {
                    EntryKind.Any => true,
                    EntryKind.Address => !pair.HasAddress || entry.Block.Contains(pair.Address),
                    _ => name is not null && entry.Names(name),
                })
                {
                    return true;
                }

                if (lookup.IsGroup)
                {
                    break;
                }
            }
        }

        return false;
    }

    // The IPv4 addresses that an IPv6 address stands for are in no table under it.
    private static bool TakesOutWhatItCarries(PolicyRule rule, in Pair pair)
    {
        foreach (var entry in rule.Except.Entries)
        {
            if (entry.Kind == EntryKind.Address && entry.FitsDenial(pair.Traffic) && pair.LeadsInto(entry.Block))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>On every port and with every protocol.</summary>
    public static bool TakeOutAltogether(PolicyRule rule, HostName name, Address address)
    {
        for (var lookup = rule.Except.Find(new EntryQuery { Name = name, Address = address, HasAddress = true }); lookup.MoveNext();)
        {
            foreach (var position in lookup.Current)
            {
                var entry = rule.Except.Entries[position];
                if (entry.IsWholesale && (entry.Kind == EntryKind.Any || entry.Names(name) || (entry.Kind == EntryKind.Address && entry.Block.Contains(address))))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Perhaps, at some address or port.</summary>
    public static bool MayTakeOut(PolicyRule rule, HostName name)
    {
        if (rule.Except.HasOtherThanNames)
        {
            return true;
        }

        for (var lookup = rule.Except.Find(new EntryQuery { Name = name }); lookup.MoveNext();)
        {
            foreach (var position in lookup.Current)
            {
                if (rule.Except.Entries[position].Names(name))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
