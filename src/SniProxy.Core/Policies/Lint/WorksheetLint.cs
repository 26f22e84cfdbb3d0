using System.Globalization;
using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies.Lint;

/// <summary>What people have to look after: owners, reviews, expiries.</summary>
internal static class WorksheetLint
{
    public static void Check(LintSubject subject)
    {
        var today = DateOnly.FromDateTime(subject.Facts.Now.UtcDateTime);
        CheckReview(subject, subject.Document.ReviewBy, today, "reviewBy", "the policy");
        for (var i = 0; i < subject.Document.Rules.Count; i++)
        {
            var rule = subject.Document.Rules[i];
            var path = LintSubject.PathOf(i);
            CheckReview(subject, rule.ReviewBy, today, $"{path}.reviewBy", "the rule");
            if (rule.Expires is { } expires && expires <= subject.Facts.Now)
            {
                subject.Report(
                    "expired", $"{path}.expires", string.Create(CultureInfo.InvariantCulture, $"the rule no longer matches since {expires.UtcDateTime:yyyy-MM-dd}"),
                    "take the rule out, or give it a later \"expires\"");
            }
            else
            {
                CheckAddressRule(subject, rule, path);
            }
        }
    }

    private static void CheckReview(LintSubject subject, DateOnly? review, DateOnly today, string path, string what)
    {
        if (review < today)
        {
            subject.Report(
                "past-review", path, string.Create(CultureInfo.InvariantCulture, $"{what} was to be reviewed by {review:yyyy-MM-dd}"),
                "look whether it is still needed, then write the date of the next review");
        }
    }

    // Addresses change hands without a word; somebody has to look again.
    private static void CheckAddressRule(LintSubject subject, RuleDocument rule, string path)
    {
        string[] missing = [.. Missing(rule)];
        if (rule.Decision != Decision.Deny && missing.Length > 0 && rule.Scope.FirstOrDefault(entry => entry.Kind == EntryKind.Address) is { } address)
        {
            subject.Report(
                "address-owner", path, $"the rule lets \"{address}\" pass by its address and has no {string.Join(" and no ", missing)}",
                $"write {string.Join(" and ", missing.Select(Example))} into the rule, or name the host instead of its address");
        }
    }

    private static IEnumerable<string> Missing(RuleDocument rule)
    {
        if (rule.Owner is null)
        {
            yield return "owner";
        }

        if (rule.ReviewBy is null && rule.Expires is null)
        {
            yield return "reviewBy or expires";
        }
    }

    private static string Example(string what) => what == "owner" ? "\"owner: TEAM\"" : "\"reviewBy: YYYY-MM-DD\" (or \"expires\")";
}
