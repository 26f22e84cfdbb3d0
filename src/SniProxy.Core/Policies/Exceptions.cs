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

        return TakeOutEmbedded(rule, pair);
    }

    /// <summary>Of a rule that denies.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="pair">The candidate.</param>
    /// <param name="name">The one of its names that is looked at; null for one that is unknown, which nothing carves out.</param>
    /// <param name="address">Its address, or the one embedded in it that the rule denies.</param>
    public static bool TakeOutOfDenial(PolicyRule rule, in Pair pair, HostName? name, Address address)
    {
        if (rule.Except.IsEmpty)
        {
            return false;
        }

        var query = new EntryQuery { Name = name, Address = address, HasAddress = pair.HasAddress, IsAddressOpen = !pair.HasAddress };
        for (var lookup = rule.Except.Find(query); lookup.MoveNext();)
        {
            foreach (var position in lookup.Current)
            {
                var entry = rule.Except.Entries[position];
                if (entry.FitsDenial(pair.Traffic) && entry.Kind switch
                {
                    EntryKind.Any => true,
                    EntryKind.Address => !pair.HasAddress || entry.Block.Contains(address),
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

    private static bool TakeOutEmbedded(PolicyRule rule, in Pair pair)
    {
        Span<Address> embedded = stackalloc Address[EmbeddedAddresses.MaxCount];
        foreach (var inner in embedded[..pair.ReadEmbedded(embedded)])
        {
            for (var lookup = rule.Except.Find(new EntryQuery { Address = inner, HasAddress = true }); lookup.MoveNext() && !lookup.IsGroup;)
            {
                foreach (var position in lookup.Current)
                {
                    var entry = rule.Except.Entries[position];
                    if (entry.Kind == EntryKind.Address && entry.FitsDenial(pair.Traffic) && entry.Block.Contains(inner))
                    {
                        return true;
                    }
                }
            }
        }

        return false;
    }
}
