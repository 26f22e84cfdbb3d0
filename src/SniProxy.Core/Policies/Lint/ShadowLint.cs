using System.Globalization;
using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies.Lint;

/// <summary>Rules and entries that never decide, because an earlier rule matches all that they name.</summary>
internal static class ShadowLint
{
    public static void Check(LintSubject subject)
    {
        var index = new CoverIndex(subject.Document.Quic == QuicHandling.Sni);
        var walk = Walk(subject).ToArray();
        for (var i = 0; i < walk.Length; i++)
        {
            var (rule, place, _) = walk[i];
            var entries = rule.Scope.Select(entry => new RuleEntry(entry, rule.Decision, rule.Protocol)).ToArray();
            if (place >= 0)
            {
                Check(subject, walk, i, [.. entries.Select(index.FindCover)], [.. entries.Select(index.FindPreemption)]);
            }

            if (AlwaysMatches(rule))
            {
                foreach (var entry in entries)
                {
                    index.Add(entry, i);
                }
            }
        }
    }

    // In the order of the compiler; a rule of a bundle has no place in the document, and is not its author's to mend.
    private static IEnumerable<(RuleDocument Rule, int Place, string Name)> Walk(LintSubject subject) =>
        subject.Document.Bundles
            .SelectMany(bundle => bundle.Rules.Select((rule, index) => (Rule: rule, Place: -1, Name: $"{bundle.Name}/{Name(rule, index)}")))
            .Where(item => !(item.Rule.Expires <= subject.Facts.Now))
            .Concat(subject.Rules.Select(item => (item.Rule, Place: item.Index, Name: Name(item.Rule, item.Index))))
            .OrderBy(item => item.Rule.Priority);

    private static void Check(LintSubject subject, (RuleDocument Rule, int Place, string Name)[] walk, int own, int[] covers, int[] preemptions)
    {
        var (rule, place, _) = walk[own];
        if (covers.All(cover => cover >= 0))
        {
            Report(subject, LintSubject.PathOf(place), $"rule {place + 1} never decides", rule, [.. covers.Distinct().Order().Select(cover => walk[cover])]);
            return;
        }

        for (var i = 0; i < covers.Length; i++)
        {
            if (covers[i] >= 0)
            {
                Report(subject, subject.PathOf(place, i), $"\"{rule.Scope[i]}\" never decides in rule {place + 1}", rule, [walk[covers[i]]]);
            }
            else if (preemptions[i] >= 0)
            {
                var earlier = walk[preemptions[i]];
                subject.Report(
                    "unreachable", subject.PathOf(place, i), $"\"{rule.Scope[i]}\" is denied only where rule {earlier.Name} does not let it pass first", Before(earlier));
            }
        }
    }

    // A rule that has a condition, an end or an exception leaves something to later ones.
    private static bool AlwaysMatches(RuleDocument rule) => rule.Except.Count == 0 && rule.Expires is null && rule.When is null;

    private static void Report(LintSubject subject, string path, string what, RuleDocument rule, (RuleDocument Rule, int Place, string Name)[] earlier)
    {
        var contradicts = earlier.Any(other => other.Rule.Decision != rule.Decision);
        subject.Report(
            "unreachable", path,
            $"{what}: {(earlier.Length == 1 ? "rule" : "rules")} {string.Join(", ", earlier.Select(other => other.Name))} {(earlier.Length == 1 ? "matches" : "match")} all of it first{(contradicts ? " and decides otherwise" : string.Empty)}",
            contradicts ? $"{Before(earlier[0])}, or take one of them out" : "take it out");
    }

    private static string Before((RuleDocument Rule, int Place, string Name) earlier) => earlier.Place < 0
        ? string.Create(CultureInfo.InvariantCulture, $"give it a \"priority\" below {earlier.Rule.Priority}")
        : $"move it before rule {earlier.Name}";

    private static string Name(RuleDocument rule, int place) => rule.Label is { } label
        ? string.Create(CultureInfo.InvariantCulture, $"{place + 1} ({label})")
        : (place + 1).ToString(CultureInfo.InvariantCulture);
}
