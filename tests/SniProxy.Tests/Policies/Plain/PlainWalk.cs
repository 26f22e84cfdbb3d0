using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Tests.Policies.Plain;

/// <summary>What a policy says of one candidate to one sandbox now, as enforce has it: guard, grants, rules in order, default, strict.</summary>
/// <param name="policy">As written.</param>
/// <param name="holding">Its rules that hold, in the order of the walk.</param>
/// <param name="grants">Those that stand, in the order in which they are asked.</param>
/// <param name="isStrict">Strict, whatever switched it on.</param>
internal sealed class PlainWalk(WrittenPolicy policy, IReadOnlyList<(string Name, WrittenRule Rule)> holding, IReadOnlyList<WrittenGrant> grants, bool isStrict)
{
    private readonly (WrittenGrant Grant, WrittenRule Rule)[] granted =
        [.. grants.Select(grant => (grant, new WrittenRule { Decision = "allow", Scope = grant.Entries }))];

    /// <summary>With the guard's word on the address.</summary>
    public PlainVerdict Judge(PlainCandidate candidate)
    {
        var finding = candidate.Address is { } address ? PlainAddresses.Find(address, candidate.Flow.Port) : GuardFinding.None;
        if (finding is GuardFinding.Never or GuardFinding.Self)
        {
            return PlainVerdict.Deny(finding == GuardFinding.Self ? Reason.GuardSelf : Reason.GuardNever);
        }

        var verdict = JudgeGuarded(candidate, finding, allowOnly: false);
        if (!isStrict || verdict.IsDenied)
        {
            return verdict;
        }

        var strict = JudgeGuarded(candidate, finding, allowOnly: true);
        return strict.IsDenied ? PlainVerdict.Deny(Reason.Strict, verdict.By) : strict;
    }

    /// <summary>Grants, rules and default alone.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <param name="allowOnly">As strict has it: audit rules and the default let nothing pass.</param>
    public PlainVerdict Walk(PlainCandidate candidate, bool allowOnly)
    {
        if (Impassable(candidate) is var reason and not Reason.None)
        {
            return PlainVerdict.Deny(reason);
        }

        if (Array.Find(granted, one => candidate.IsLetPassBy(one.Rule)).Grant is { } grant)
        {
            return new PlainVerdict(Decision.Allow, Reason.Grant, $"grant {grant.Id}");
        }

        foreach (var (name, rule) in holding)
        {
            if (rule.Decision != "deny")
            {
                if (!(allowOnly && rule.Decision == "audit") && candidate.IsLetPassBy(rule))
                {
                    return new PlainVerdict(rule.Decision == "audit" ? Decision.Audit : Decision.Allow, Reason.Rule, name);
                }
            }
            else if (candidate.IsDeniedBy(rule) is var denied && denied != false)
            {
                return PlainVerdict.Deny(denied is not null ? Reason.Rule : candidate.Unreadable != Reason.None ? candidate.Unreadable : Reason.NoServerName, name);
            }
        }

        return Default(candidate, allowOnly);
    }

    private PlainVerdict JudgeGuarded(PlainCandidate candidate, GuardFinding finding, bool allowOnly)
    {
        var verdict = Walk(candidate, allowOnly);
        return finding != GuardFinding.Private || IsLifted(candidate, untilDenied: !verdict.IsDenied) ? verdict : PlainVerdict.Deny(Reason.GuardPrivate);
    }

    // What opens an address after a denial of it opens nothing, where something else let it pass.
    private bool IsLifted(PlainCandidate candidate, bool untilDenied) => granted.Any(one => one.Grant.IsByAdmin && candidate.IsLiftedBy(one.Rule))
        || holding.TakeWhile(one => !(untilDenied && one.Rule.Decision == "deny" && candidate.IsDeniedBy(one.Rule) != false)).Any(one => candidate.IsLiftedBy(one.Rule));

    private Reason Impassable(PlainCandidate candidate) =>
        candidate.Flow.Transport == Transport.Udp ? candidate.Flow.Protocol != Protocol.Quic ? Reason.Udp : policy.Quic == "block" ? Reason.Quic : Reason.None
        : candidate.Unreadable == Reason.NameMismatch ? Reason.NameMismatch
        : Reason.None;

    private PlainVerdict Default(PlainCandidate candidate, bool allowOnly) =>
        candidate.Unreadable != Reason.None ? PlainVerdict.Deny(candidate.Unreadable)
        : candidate.Flow.IsOutOfPlace ? PlainVerdict.Deny(Reason.ProtocolMismatch)
        : policy.Default == Decision.Deny ? PlainVerdict.Deny(Reason.Default)
        : candidate.IsUnbound ? PlainVerdict.Deny(candidate.Name is null ? Reason.NoServerName : Reason.UnboundName)
        : candidate.Flow.Evidence == Evidence.Connect && !candidate.Flow.CarriesNames ? PlainVerdict.Deny(Reason.ProtocolMismatch)
        : allowOnly ? PlainVerdict.Deny(Reason.Strict)
        : new PlainVerdict(policy.Default, Reason.Default);
}
