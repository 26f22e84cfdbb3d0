using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies.Tables;

namespace SniProxy.Core.Policies;

/// <summary>
/// The verdict on a name that is asked for in DNS: let through when some port and protocol of it would be. Address entries have no say,
/// or one of them would open the resolver to every name.
/// </summary>
internal static class NameJudgement
{
    public static Verdict Judge(RulesInForce rules, HostName name, bool allowOnly)
    {
        if (Granting(rules, name) is { } grant)
        {
            return new Verdict(Decision.Allow, Reason.Grant, grant);
        }

        var (whole, partial) = FirstDenials(rules, name, byNameOnly: false);
        var passing = FirstPassage(rules, name, allowOnly, before: whole, contestedFrom: partial);
        if (rules.Table.At(passing) is { } rule)
        {
            return new Verdict(rule.Decision, Reason.Rule, rule);
        }

        if (rules.Table.At(whole) is { } denying)
        {
            return Verdict.Deny(Reason.Rule, denying);
        }

        var contesting = rules.Table.At(partial);
        if (rules.Policy.Default != Decision.Deny && !allowOnly && (contesting is null || PortSweep.Passes(rules, PortSet.All, name, allowOnly)))
        {
            return new Verdict(rules.Policy.Default, Reason.Default);
        }

        return contesting is not null ? Verdict.Deny(Reason.Rule, contesting) : Verdict.Deny(Reason.NameNotAllowed);
    }

    /// <summary>True when the first rule that settles the name is a denial on every port that names it.</summary>
    public static bool IsDeniedByRule(RulesInForce rules, HostName name)
    {
        if (Granting(rules, name) is not null)
        {
            return false;
        }

        var (whole, _) = FirstDenials(rules, name, byNameOnly: true);
        return whole != RuleSearch.None && FirstPassage(rules, name, allowOnly: false, before: whole, contestedFrom: RuleSearch.None) == RuleSearch.None;
    }

    /// <summary>True when an allow or audit rule names something below the name.</summary>
    public static bool MayPassBelow(RulesInForce rules, HostName name, bool allowOnly) =>
        rules.Table.PassesBelow(rules, name, allowOnly) || (rules.HasGrants && MayPassBelow(rules.Grants, name, allowOnly));

    /// <summary>True when an allow or audit rule, or a grant, spells the name out: then nobody can vary it.</summary>
    public static bool IsSpeltOut(RulesInForce rules, HostName name)
    {
        if (rules.HasGrants && IsSpeltOut(rules.Grants, name))
        {
            return true;
        }

        for (var lookup = rules.Table.Entries.Find(new EntryQuery { Name = name }); lookup.MoveNext();)
        {
            foreach (var position in lookup.Current)
            {
                ref readonly var place = ref rules.Table.Places[position];
                if (place.Entry.Pattern?.Kind == HostPatternKind.Exact
                    && place.Decision != Decision.Deny
                    && place.Entry.Names(name)
                    && rules.Holds(place))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>True when some flow to the private address under this name is let pass by the guard.</summary>
    public static bool IsLifted(RulesInForce rules, HostName name, Address address)
    {
        if (rules.HasGrants && IsLifted(rules.Grants, name, address))
        {
            return true;
        }

        for (var lookup = rules.Table.Entries.Find(new EntryQuery { Name = name, Address = address, HasAddress = true }); lookup.MoveNext();)
        {
            foreach (var position in lookup.Current)
            {
                ref readonly var place = ref rules.Table.Places[position];
                var entry = place.Entry;
                if (entry.IsAllow
                    && place.Rule.LiftsPrivate
                    && rules.Holds(place)
                    && (entry.Kind == EntryKind.Name ? place.Rule.ResolvesTo.Contains(address) && entry.Names(name) : entry.IsWhollyPrivate && entry.Block.Contains(address))
                    && !Exceptions.TakeOutAltogether(place.Rule, name, address))
                {
                    return true;
                }
            }
        }

        return false;
    }

    // The places of the first rule that denies the name on every port and with every protocol, and of the first that denies some of it.
    private static (int Whole, int Partial) FirstDenials(RulesInForce rules, HostName name, bool byNameOnly)
    {
        var (whole, partial) = (RuleSearch.None, RuleSearch.None);
        for (var lookup = rules.Table.Entries.Find(new EntryQuery { Name = name }); lookup.MoveNext();)
        {
            foreach (var position in lookup.Current)
            {
                ref readonly var place = ref rules.Table.Places[position];
                var entry = place.Entry;
                if (place.Order >= whole)
                {
                    break;
                }

                if (entry.Decision != Decision.Deny || !rules.Holds(place) || !(entry.Kind == EntryKind.Any ? !byNameOnly : entry.Names(name)))
                {
                    continue;
                }

                if (entry.IsWholesale && !Exceptions.MayTakeOut(place.Rule, name))
                {
                    whole = place.Order;
                    break;
                }

                partial = Math.Min(partial, place.Order);
            }
        }

        return (whole, partial);
    }

    // A grant stands before all rules; it takes nothing out and denies nothing.
    private static PolicyRule? Granting(RulesInForce rules, HostName name)
    {
        if (!rules.HasGrants)
        {
            return null;
        }

        var grants = rules.Grants;
        return grants.Table.At(FirstPassage(grants, name, allowOnly: true, before: RuleSearch.None, contestedFrom: RuleSearch.None));
    }

    private static int FirstPassage(RulesInForce rules, HostName name, bool allowOnly, int before, int contestedFrom)
    {
        var (best, limit) = (RuleSearch.None, before);
        for (var lookup = rules.Table.Entries.Find(new EntryQuery { Name = name }); lookup.MoveNext();)
        {
            foreach (var position in lookup.Current)
            {
                ref readonly var place = ref rules.Table.Places[position];
                var entry = place.Entry;
                if (place.Order >= limit)
                {
                    break;
                }

                if (entry.Decision == Decision.Deny
                    || !rules.Holds(place)
                    || (allowOnly && entry.Decision == Decision.Audit)
                    || (entry.Kind != EntryKind.Any && !entry.Names(name))
                    || (entry.Scheme == EntryScheme.Quic && rules.Policy.Quic == QuicHandling.Block))
                {
                    continue;
                }

                if ((place.Order < contestedFrom && place.Rule.Except.IsEmpty) || PortSweep.Passes(rules, entry.Ports, name, allowOnly))
                {
                    best = limit = place.Order;
                    break;
                }
            }
        }

        return best;
    }
}
