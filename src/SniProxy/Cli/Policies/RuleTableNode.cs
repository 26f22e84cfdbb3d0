using SniProxy.Core.Policies;
using SniProxy.Core.Policies.Exports;

namespace SniProxy.Cli.Policies;

/// <summary>A canonical document in two parts, as a table shows it: what it says of itself, and its rules.</summary>
internal static class RuleTableNode
{
    public static DocumentNode Without(PolicyDocument document)
    {
        var root = PolicyDocumentWriter.Write(document);
        return DocumentNode.Mapping([.. root.Fields.Where(field => field.Key.Text != "rules")], root.Line, root.Column);
    }

    /// <summary>The rules, those that are written as one entry as mappings too.</summary>
    public static DocumentNode Of(PolicyDocument document)
    {
        var rules = PolicyDocumentWriter.Write(document).Fields.First(field => field.Key.Text == "rules").Value;
        return DocumentNode.Sequence([.. rules.Items.Select(rule => rule.Kind == DocumentNodeKind.Mapping ? rule : Allow(rule))], rules.Line, rules.Column);
    }

    private static DocumentNode Allow(DocumentNode entry) => DocumentNode.Mapping(
        [new DocumentField(DocumentNode.Scalar("allow", isPlain: true, entry.Line, entry.Column), entry)], entry.Line, entry.Column);
}
