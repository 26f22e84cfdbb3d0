using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies;

/// <summary>Reads the <c>when</c> of a rule.</summary>
internal static class WhenReader
{
    public static readonly string[] Keys = ["labels", "signal", "within"];

    private const int MaxLabels = 16;
    private const int MaxLabelLength = 256;

    public static RuleWhen? Read(NodeReader reader, DocumentNode node, string path)
    {
        if (node.Kind != DocumentNodeKind.Mapping || node.Fields.Count == 0)
        {
            reader.Fail(node, path, $"{NodeReader.Describe(node)} stands where a condition belongs", "write { labels: { phase: build } } or { signal: sensitive_read, within: 5m }, or take the key out");
            return null;
        }

        var fields = reader.Fields(node, path, Keys);
        return new RuleWhen
        {
            Labels = fields.TryGetValue("labels", out var labels) ? ReadLabels(reader, labels, $"{path}.labels") : new Dictionary<string, string>(),
            Signal = fields.TryGetValue("signal", out var signal) ? ReadSignal(reader, signal, $"{path}.signal") : null,
            Within = ReadWithin(reader, fields, path),
        };
    }

    private static Dictionary<string, string> ReadLabels(NodeReader reader, DocumentNode node, string path)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        if (node.Kind != DocumentNodeKind.Mapping || node.Fields.Count is 0 or > MaxLabels)
        {
            reader.Fail(node, path, $"{NodeReader.Describe(node)} stands where up to {MaxLabels} labels belong", "write { name: value }, such as { phase: build }");
            return labels;
        }

        foreach (var (key, value) in node.Fields)
        {
            var here = key.Kind == DocumentNodeKind.Scalar ? $"{path}.{key.Text}" : path;
            if (reader.Text(key, here, MaxLabelLength) is { } name && reader.Text(value, here, MaxLabelLength) is { } wanted && !labels.TryAdd(name, wanted))
            {
                reader.Fail(key, here, $"\"{name}\" stands here twice", "keep one of them; a sandbox has one value for each label");
            }
        }

        return labels;
    }

    private static string? ReadSignal(NodeReader reader, DocumentNode node, string path)
    {
        var name = reader.Text(node, path);
        if (name is not null && !Signal.IsName(name))
        {
            reader.Fail(node, path, $"\"{name}\" is no name for a signal", "write letters, digits, \"-\", \"_\" and \".\", beginning with a letter or digit, at most 64");
        }

        return name;
    }

    private static TimeSpan ReadWithin(NodeReader reader, Dictionary<string, DocumentNode> fields, string path)
    {
        if (!fields.TryGetValue("within", out var node))
        {
            if (fields.TryGetValue("signal", out var signal))
            {
                reader.Fail(signal, $"{path}.signal", "a signal without \"within\" would hold for ever", "write beside it how long it holds, such as within: 5m");
            }

            return default;
        }

        if (!fields.ContainsKey("signal"))
        {
            reader.Fail(node, $"{path}.within", "\"within\" is about a signal, and there is none", "write the signal beside it, or take it out");
        }

        if (node.Kind == DocumentNodeKind.Scalar && TimeText.TryRead(node.Text, out var within))
        {
            return within;
        }

        reader.Fail(node, $"{path}.within", $"{NodeReader.Describe(node)} is no window", TimeText.Fix);
        return default;
    }
}
