using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies;

/// <summary>
/// Reads a bundle: a policy document of nothing but allow rules, each of which says where its hosts are documented. It decides nothing else
/// for whoever uses it.
/// </summary>
public static class BundleReader
{
    private const string PlainFix = "write allow rules with label and source only";

    /// <param name="root">The document.</param>
    /// <param name="file">Where it comes from, for errors.</param>
    /// <param name="name">What it is called by those who use it: its file's name without the ending.</param>
    public static PolicyReading Read(DocumentNode root, string file, string name)
    {
        var reading = PolicyDocumentReader.Read(root, file, name);
        if (reading.Document is not { } document)
        {
            return reading;
        }

        var reader = new NodeReader(file);
        Check(reader, root, document, name);
        for (var i = 0; i < document.Rules.Count; i++)
        {
            Check(reader, document.Rules[i], $"rules[{i}]");
        }

        return new PolicyReading(reader.Errors.Count == 0 ? document : null, reader.Errors);
    }

    private static void Check(NodeReader reader, DocumentNode root, PolicyDocument document, string name)
    {
        if (document.Name != name)
        {
            reader.Fail(root, "name", $"the bundle calls itself \"{document.Name}\"", $"write name: {name}, which is its file's");
        }

        if (document.Edition is null || document.Owner is null || document.Rules.Count == 0)
        {
            reader.Fail(root, string.Empty, "a bundle has an edition, an owner and rules", "write edition (the date at which it was last gone through), owner, and at least one rule");
        }

        string[] own = ["version", "name", "purpose", "owner", "edition", "reviewBy", "rules"];
        foreach (var (key, _) in root.Fields.Where(field => !own.Contains(field.Key.Text)))
        {
            reader.Fail(key, key.Text, $"\"{key.Text}\" is for the policies that use a bundle to say", "take it out of the bundle");
        }
    }

    private static void Check(NodeReader reader, RuleDocument rule, string path)
    {
        var node = DocumentNode.Scalar(string.Empty, isPlain: true, rule.Line, rule.Column);
        if (rule.Decision != Decision.Allow || rule.Scope.Any(entry => entry.Kind == EntryKind.Any))
        {
            reader.Fail(node, path, "a bundle lists hosts to allow and nothing else", PlainFix);
        }

        if (rule.Source is null)
        {
            reader.Fail(node, path, "nothing says where these hosts are documented", "write source: and the address of the page that lists them");
        }

        if (rule.Except.Count > 0 || rule.Priority != RuleDocument.DefaultPriority || rule.Expires is not null || rule.When is not null || rule.Limits is not null || rule.ResolvesTo.Count > 0)
        {
            reader.Fail(node, path, "a rule of a bundle has no conditions, exceptions, limits and priority", PlainFix);
        }
    }
}
