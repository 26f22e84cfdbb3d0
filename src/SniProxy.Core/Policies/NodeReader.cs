using System.Globalization;

namespace SniProxy.Core.Policies;

/// <summary>Reads typed values out of nodes and collects what is wrong, so that one pass finds every mistake of a document.</summary>
internal sealed class NodeReader(string file)
{
    // A document of nothing but mistakes must not become a message of many times its size.
    private const int MaxErrors = 1000;

    private readonly List<PolicyError> errors = [];

    public IReadOnlyList<PolicyError> Errors => errors;

    public void Fail(DocumentNode node, string path, string message, string fix)
    {
        if (errors.Count < MaxErrors)
        {
            errors.Add(new PolicyError(file, node.Line, node.Column, path, message, fix));
        }
    }

    /// <summary>The fields of a mapping by key; unknown and duplicate keys are errors.</summary>
    /// <param name="node">The mapping.</param>
    /// <param name="path">Where it stands.</param>
    /// <param name="known">Keys it may have.</param>
    /// <param name="ofRules">Keys that belong a level further in, for the one who has left that level out.</param>
    public Dictionary<string, DocumentNode> Fields(DocumentNode node, string path, IReadOnlyList<string> known, IReadOnlyList<string>? ofRules = null)
    {
        var fields = new Dictionary<string, DocumentNode>();
        foreach (var (key, value) in node.Fields)
        {
            var here = path.Length == 0 ? key.Text : $"{path}.{key.Text}";
            if (key.Kind != DocumentNodeKind.Scalar)
            {
                Fail(key, path, "a key must be a word", "write the name of a setting, a colon and its value");
            }
            else if (!known.Contains(key.Text))
            {
                Fail(key, here, $"\"{key.Text}\" is no setting", ofRules?.Contains(key.Text) == true
                    ? $"it belongs to a rule: write \"rules:\" and below it \"- {key.Text}:\" with the rest of the rule"
                    : Suggestion.For(key.Text, known));
            }
            else if (!fields.TryAdd(key.Text, value))
            {
                Fail(key, here, $"\"{key.Text}\" stands here twice", "keep one of them");
            }
        }

        return fields;
    }

    /// <summary>Text on one line.</summary>
    public string? Text(DocumentNode node, string path, int maxLength = 500)
    {
        if (node.Kind != DocumentNodeKind.Scalar || string.IsNullOrWhiteSpace(node.Text) || IsNull(node))
        {
            Fail(node, path, $"{Describe(node)} stands where text belongs", "write text on one line, or take the key out");
            return null;
        }

        if (node.IsPlain && IsTyped(node.Text))
        {
            Fail(node, path, $"{Describe(node)} stands where text belongs", $"write \"{node.Text}\" with quotes");
            return null;
        }

        if (node.Text.Length > maxLength || node.Text.Any(char.IsControl))
        {
            Fail(node, path, "the text is too long or has more than one line", string.Create(CultureInfo.InvariantCulture, $"write at most {maxLength} characters on one line"));
            return null;
        }

        return node.Text;
    }

    public bool Flag(DocumentNode node, string path)
    {
        if (node is { Kind: DocumentNodeKind.Scalar, IsPlain: true, Text: "true" or "false" })
        {
            return node.Text == "true";
        }

        Fail(node, path, $"{Describe(node)} stands where a truth value belongs", "write true or false");
        return false;
    }

    public int Number(DocumentNode node, string path, int min, int max)
    {
        if (node is { Kind: DocumentNodeKind.Scalar, IsPlain: true }
            && int.TryParse(node.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
        {
            return number;
        }

        Fail(node, path, $"{Describe(node)} is no number that belongs here", min == max
            ? string.Create(CultureInfo.InvariantCulture, $"write {min}")
            : string.Create(CultureInfo.InvariantCulture, $"write a whole number from {min} to {max}"));
        return min;
    }

    public T? Choice<T>(DocumentNode node, string path, IReadOnlyDictionary<string, T> choices)
        where T : struct
    {
        if (node.Kind == DocumentNodeKind.Scalar && choices.TryGetValue(node.Text, out var choice))
        {
            return choice;
        }

        Fail(node, path, $"{Describe(node)} is no choice here", node.Kind == DocumentNodeKind.Scalar && node.Text.Length > 0
            ? Suggestion.For(node.Text, choices.Keys)
            : $"write one of {string.Join(", ", choices.Keys)}");
        return null;
    }

    public DateOnly? Date(DocumentNode node, string path)
    {
        if (node.Kind == DocumentNodeKind.Scalar && DateOnly.TryParseExact(node.Text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            return date;
        }

        Fail(node, path, $"{Describe(node)} is no date", "write year, month and day, such as 2027-01-31");
        return null;
    }

    public DateTimeOffset? Moment(DocumentNode node, string path)
    {
        string[] formats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];
        if (node.Kind == DocumentNodeKind.Scalar
            && (node.Text.EndsWith('Z') || node.Text.LastIndexOfAny(['+', '-']) > node.Text.IndexOf('T', StringComparison.Ordinal))
            && DateTimeOffset.TryParseExact(node.Text, formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var moment))
        {
            return moment;
        }

        Fail(node, path, $"{Describe(node)} is no moment in time", "write it with its offset, such as 2027-03-31T00:00:00Z");
        return null;
    }

    /// <summary>The items of a sequence, or a single scalar as a sequence of one.</summary>
    /// <param name="node">The sequence.</param>
    /// <param name="path">Where it stands.</param>
    /// <param name="what">What it lists, in the plural.</param>
    /// <param name="fix">What to write instead of none.</param>
    public IEnumerable<(DocumentNode Node, string Path)> List(DocumentNode node, string path, string what, string fix)
    {
        if (node.Kind == DocumentNodeKind.Mapping || (node.Kind == DocumentNodeKind.Sequence ? node.Items.Count == 0 : IsNull(node)))
        {
            Fail(node, path, $"{Describe(node)} stands where {what} belong", fix);
            return [];
        }

        return node.Kind == DocumentNodeKind.Scalar
            ? [(node, path)]
            : node.Items.Select((item, index) => (item, string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]")));
    }

    public static bool IsNull(DocumentNode node) => node is { Kind: DocumentNodeKind.Scalar, IsPlain: true, Text: "" or "~" or "null" or "Null" or "NULL" };

    public static string Describe(DocumentNode node) => node.Kind switch
    {
        DocumentNodeKind.Mapping => node.Fields.Count == 0 ? "an empty mapping" : "a mapping",
        DocumentNodeKind.Sequence => node.Items.Count == 0 ? "an empty list" : "a list",
        _ when IsNull(node) || node.Text.Length == 0 => "nothing",
        _ => $"\"{(node.Text.Length > 60 ? node.Text[..60] + "…" : node.Text)}\"",
    };

    // The core schema's words (YAML 1.2.2 section 10.3.2) that are not text.
    private static bool IsTyped(string text) =>
        text is "true" or "false" or "True" or "False" or "TRUE" or "FALSE"
        || double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _)
        || text.StartsWith("0x", StringComparison.Ordinal);
}
