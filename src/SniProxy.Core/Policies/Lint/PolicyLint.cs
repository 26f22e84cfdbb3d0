using SniProxy.Core.Names;

namespace SniProxy.Core.Policies.Lint;

/// <summary>Looks for what a policy may say and its author seldom means. Warnings only: nothing here changes a verdict.</summary>
public static class PolicyLint
{
    /// <param name="document">A document without errors.</param>
    /// <param name="root">What it was read from, for the places.</param>
    /// <param name="file">Where it comes from.</param>
    /// <param name="facts">What lint has to know of the world.</param>
    /// <returns>The findings, in the order of the document.</returns>
    public static IReadOnlyList<LintFinding> Check(PolicyDocument document, DocumentNode root, string file, LintFacts facts)
    {
        var subject = new LintSubject(document, root, file, facts);
        ShadowLint.Check(subject);
        WorksheetLint.Check(subject);
        WideLint.Check(subject);
        PortLint.Check(subject);
        WildcardLint.Check(subject);
        WatchedLint.Check(subject);
        ResolutionLint.Check(subject);
        return [.. subject.Findings.OrderBy(finding => finding.Line).ThenBy(finding => finding.Column)];
    }

    /// <summary>The names that a document writes out, for whoever asks the resolver.</summary>
    public static IEnumerable<HostName> NamesIn(PolicyDocument document) => ResolutionLint.NamesIn(document);
}
