using System.Globalization;
using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies.Lint;

/// <summary>The document that is looked at, and what was found in it so far.</summary>
internal sealed class LintSubject(PolicyDocument document, DocumentNode root, string file, LintFacts facts)
{
    private readonly List<LintFinding> findings = [];

    public PolicyDocument Document => document;

    public LintFacts Facts => facts;

    public IReadOnlyList<LintFinding> Findings => findings;

    /// <summary>The rules with their places in the document, those that have expired left out: another lint tells of them.</summary>
    public IEnumerable<(RuleDocument Rule, int Index)> Rules =>
        document.Rules.Select((rule, index) => (rule, index)).Where(item => !(item.rule.Expires <= facts.Now));

    /// <summary>The entries that let pass without a second look: those of allow rules that hold.</summary>
    public IEnumerable<(RuleDocument Rule, PolicyEntry Entry, string Path)> AllowEntries =>
        from item in Rules
        where item.Rule.Decision == Decision.Allow
        from entry in item.Rule.Scope.Select((entry, position) => (entry, position))
        select (item.Rule, entry.entry, PathOf(item.Index, entry.position));

    public void Report(string lint, string path, string message, string fix)
    {
        var node = Find(path);
        findings.Add(new LintFinding(lint, file, node.Line, node.Column, path, message, fix));
    }

    public static string PathOf(int rule) => string.Create(CultureInfo.InvariantCulture, $"rules[{rule}]");

    /// <summary>The path of an entry, also where its rule is written as the entry alone or its list as a single one.</summary>
    public string PathOf(int rule, int entry)
    {
        var path = PathOf(rule);
        if (Find(path).Kind != DocumentNodeKind.Mapping)
        {
            return path;
        }

        path = $"{path}.{document.Rules[rule].Decision.Identifier()}";
        return Find(path).Kind == DocumentNodeKind.Sequence ? string.Create(CultureInfo.InvariantCulture, $"{path}[{entry}]") : path;
    }

    // The deepest node on the path that there is: what a rule lacks is told at the rule.
    private DocumentNode Find(string path)
    {
        var node = root;
        foreach (var step in path.Split(['.', '['], StringSplitOptions.RemoveEmptyEntries))
        {
            var next = step.EndsWith(']')
                ? node.Items.ElementAtOrDefault(int.Parse(step.AsSpan(0, step.Length - 1), CultureInfo.InvariantCulture))
                : node.Fields.FirstOrDefault(field => field.Key.Text == step)?.Value;
            if (next is null)
            {
                return node;
            }

            node = next;
        }

        return node;
    }
}
