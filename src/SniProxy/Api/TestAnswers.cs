using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Api;

/// <summary>The judge's explanation in the words of the API and of <c>sniproxy test</c>.</summary>
internal static class TestAnswers
{
    public static TestAnswer Of(Judge judge, Explanation explained)
    {
        var verdict = explained.Verdict;
        return new TestAnswer(
            explained.Destination,
            verdict.Decision.Identifier(),
            verdict.Reason.Identifier(),
            explained.Message,
            verdict.RuleName,
            judge.Policy?.Name,
            verdict.WouldDeny ? Decision.Deny.Identifier() : null,
            explained.NearMiss,
            [.. explained.Walk.Select(step => new WalkAnswer(step.Rule, step.Label, step.Matched, step.Why))],
            verdict.GrantId);
    }
}
