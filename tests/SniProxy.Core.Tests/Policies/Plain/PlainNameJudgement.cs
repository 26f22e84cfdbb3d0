// Over 200 lines: every question that DNS asks is answered here by one plain walk of its own.
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies.Plain;

/// <summary>
/// The verdict on a name that is asked for in DNS: let through when some port and protocol of it would be. Address entries have no say,
/// or one of them would open the resolver to every name.
/// </summary>
internal static class PlainNameJudgement
{
    public static Verdict Judge(Policy policy, HostName name, bool allowOnly)
    {
        if (Granting(policy, name) is { } grant)
        {
            return new Verdict(Decision.Allow, Reason.Grant, grant);
        }

        PolicyRule? denying = null;
        foreach (var rule in policy.Rules)
        {
            if (rule.Decision == Decision.Deny)
            {
                if (DeniesAll(rule, name))
                {
                    return Deny(rule, denying);
                }

                denying ??= DeniesSome(rule, name) ? rule : null;
                continue;
            }

            if (allowOnly && rule.Decision == Decision.Audit)
            {
                continue;
            }

            if (Passes(policy, rule, name, allowOnly, isContested: denying is not null))
            {
                return new Verdict(rule.Decision, Reason.Rule, rule);
            }
        }

        var passes = policy.Default != Decision.Deny && !allowOnly && (denying is null || PlainPortSweep.Passes(policy, PortSet.All, name, allowOnly));
        return passes ? new Verdict(policy.Default, Reason.Default) : Deny(null, denying);
    }

    /// <summary>True when the first rule that settles the name is a denial on every port that names it.</summary>
    public static bool IsDeniedByRule(Policy policy, HostName name)
    {
        if (Granting(policy, name) is not null)
        {
            return false;
        }

        foreach (var rule in policy.Rules)
        {
            if (rule.Decision == Decision.Deny)
            {
                if (DeniesAll(rule, name, byNameOnly: true))
                {
                    return true;
                }
            }
            else if (Passes(policy, rule, name, allowOnly: false, isContested: false))
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>True when an allow or audit rule names something below the name.</summary>
    public static bool MayPassBelow(Policy policy, HostName name, bool allowOnly)
    {
        foreach (var rule in PlainRuleWalk.GrantsOf(policy).Concat(policy.Rules))
        {
            if (rule.Decision == Decision.Deny || (allowOnly && rule.Decision == Decision.Audit))
            {
                continue;
            }

            foreach (var entry in rule.Scope)
            {
                if (entry.Written.Pattern is { } pattern && pattern.MatchesBelow(name))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>True when some flow to the private address under this name is let pass by the guard.</summary>
    public static bool IsLifted(Policy policy, HostName name, Address address)
    {
        foreach (var rule in PlainRuleWalk.GrantsOf(policy).Concat(policy.Rules))
        {
            if (rule.Decision != Decision.Allow || !rule.LiftsPrivate)
            {
                continue;
            }

            foreach (var entry in rule.Scope)
            {
                var lifts = entry.Kind == EntryKind.Name
                    ? IsIn(rule.ResolvesTo.Blocks, address) && Names(entry, name)
                    : entry.IsWhollyPrivate && entry.Written.Block.Contains(address);
                if (lifts && !IsExcepted(rule, name, address))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static PolicyRule? Granting(Policy policy, HostName name)
    {
        foreach (var grant in PlainRuleWalk.GrantsOf(policy))
        {
            if (Passes(policy, grant, name, allowOnly: true, isContested: false))
            {
                return grant;
            }
        }

        return null;
    }

    private static Verdict Deny(PolicyRule? rule, PolicyRule? partial) =>
        (rule ?? partial) is { } denying ? Verdict.Deny(Reason.Rule, denying) : Verdict.Deny(Reason.NameNotAllowed);

    private static bool DeniesAll(PolicyRule rule, HostName name, bool byNameOnly = false)
    {
        foreach (var entry in rule.Scope)
        {
            if (entry.Ports.IsAll && entry.Scheme == EntryScheme.Plain && (Names(entry, name) || (entry.Kind == EntryKind.Any && !byNameOnly)))
            {
                return !MayBeExcepted(rule, name);
            }
        }

        return false;
    }

    private static bool DeniesSome(PolicyRule rule, HostName name)
    {
        foreach (var entry in rule.Scope)
        {
            if (entry.Kind == EntryKind.Any || Names(entry, name))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Passes(Policy policy, PolicyRule rule, HostName name, bool allowOnly, bool isContested)
    {
        foreach (var entry in rule.Scope)
        {
            if ((entry.Kind != EntryKind.Any && !Names(entry, name)) || (entry.Scheme == EntryScheme.Quic && policy.Quic == QuicHandling.Block))
            {
                continue;
            }

            if ((!isContested && rule.Except.Entries.Length == 0) || PlainPortSweep.Passes(policy, entry.Ports, name, allowOnly))
            {
                return true;
            }
        }

        return false;
    }

    private static bool MayBeExcepted(PolicyRule rule, HostName name)
    {
        foreach (var entry in rule.Except.Entries)
        {
            if (entry.Kind != EntryKind.Name || Names(entry, name))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsExcepted(PolicyRule rule, HostName name, Address address)
    {
        foreach (var entry in rule.Except.Entries)
        {
            if (entry.Ports.IsAll && entry.Scheme == EntryScheme.Plain
                && (entry.Kind == EntryKind.Any || Names(entry, name) || (entry.Kind == EntryKind.Address && entry.Written.Block.Contains(address))))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsIn(ReadOnlySpan<Cidr> blocks, Address address)
    {
        foreach (var block in blocks)
        {
            if (block.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Names(RuleEntry entry, HostName name) => entry.Written.Pattern is { } pattern && pattern.Matches(name);
}
