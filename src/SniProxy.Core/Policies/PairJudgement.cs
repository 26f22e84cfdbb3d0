using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies;

/// <summary>The verdict on one candidate as enforce has it: guard, then rules, then default, then strict.</summary>
internal static class PairJudgement
{
    public static Verdict Judge(RulesInForce rules, Guard guard, in Pair pair, bool isStrict)
    {
        var finding = guard.Find(pair.Address, pair.Traffic.Port);
        if (finding is GuardFinding.Never or GuardFinding.Self)
        {
            return Verdict.Deny(ReasonOf(finding));
        }

        var verdict = JudgeRules(rules, pair, finding, allowOnly: false);
        if (!isStrict || verdict.IsDenied)
        {
            return verdict;
        }

        var strict = JudgeRules(rules, pair, finding, allowOnly: true);
        return strict.IsDenied ? Verdict.Deny(Reason.Strict, verdict.Rule) : strict;
    }

    public static Reason ReasonOf(GuardFinding finding) => finding switch
    {
        GuardFinding.Self => Reason.GuardSelf,
        GuardFinding.Private => Reason.GuardPrivate,
        _ => Reason.GuardNever,
    };

    private static Verdict JudgeRules(RulesInForce rules, in Pair pair, GuardFinding finding, bool allowOnly)
    {
        var verdict = RuleWalk.Walk(rules, pair, allowOnly);
        return finding != GuardFinding.Private || RuleWalk.IsLifted(rules, pair, untilDenied: !verdict.IsDenied)
            ? verdict
            : Verdict.Deny(Reason.GuardPrivate);
    }
}
