using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies.Plain;

/// <summary>The verdict on one candidate as enforce has it: guard, then rules, then default, then strict.</summary>
internal static class PlainPairJudgement
{
    public static Verdict Judge(Policy policy, Guard guard, in Pair pair, bool isStrict)
    {
        var finding = guard.Find(pair.Address, pair.Traffic.Port);
        if (finding is GuardFinding.Never or GuardFinding.Self)
        {
            return Verdict.Deny(ReasonOf(finding));
        }

        var verdict = JudgeRules(policy, pair, finding, allowOnly: false);
        if (!isStrict || verdict.IsDenied)
        {
            return verdict;
        }

        var strict = JudgeRules(policy, pair, finding, allowOnly: true);
        return strict.IsDenied ? Verdict.Deny(Reason.Strict, verdict.Rule) : strict;
    }

    public static Reason ReasonOf(GuardFinding finding) => finding switch
    {
        GuardFinding.Self => Reason.GuardSelf,
        GuardFinding.Private => Reason.GuardPrivate,
        _ => Reason.GuardNever,
    };

    private static Verdict JudgeRules(Policy policy, in Pair pair, GuardFinding finding, bool allowOnly)
    {
        var verdict = PlainRuleWalk.Walk(policy, pair, allowOnly);
        return finding != GuardFinding.Private || PlainRuleWalk.IsLifted(policy, pair, untilDenied: !verdict.IsDenied)
            ? verdict
            : Verdict.Deny(Reason.GuardPrivate);
    }
}
