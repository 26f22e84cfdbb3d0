namespace SniProxy.Core.Policies.Exports;

/// <summary>A node on one line, in YAML's flow style.</summary>
public static class NodeText
{
    public static string Of(DocumentNode node) => node.Kind switch
    {
        DocumentNodeKind.Mapping => $"{{ {string.Join(", ", node.Fields.Select(field => $"{field.Key.Text}: {Of(field.Value)}"))} }}",
        DocumentNodeKind.Sequence => $"[{string.Join(", ", node.Items.Select(Of))}]",
        _ when node.IsPlain || IsWord(node.Text) => node.Text,
        _ => $"\"{node.Text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"",
    };

    private static bool IsWord(string text) => text.Length > 0 && char.IsAsciiLetter(text[0]) && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' or '/');
}
