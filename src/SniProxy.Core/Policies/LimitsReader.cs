using System.Globalization;
using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies;

/// <summary>Reads the <c>limits</c> of a rule.</summary>
internal static class LimitsReader
{
    public static readonly string[] Keys = ["upload", "connections", "newConnectionsPerSecond"];

    /// <summary>The most that <c>connections</c> and <c>newConnectionsPerSecond</c> may be.</summary>
    public const int MaxConnections = 1_000_000;

    private const string UploadFix = "write an amount and the time it is for, such as 20MB/1h (B, KB, MB, GB, or KiB, MiB, GiB; s, m, h, d)";

    /// <summary>As a regular expression, but for the most and the least.</summary>
    public static string UploadPattern => $"^[0-9]+({string.Join('|', Units.Select(unit => unit.Unit))})/{TimeText.Pattern[1..]}";

    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("B", 1),
    ];

    public static RuleLimits? Read(NodeReader reader, DocumentNode node, string path, Decision decision)
    {
        if (node.Kind != DocumentNodeKind.Mapping || node.Fields.Count == 0)
        {
            reader.Fail(node, path, $"{NodeReader.Describe(node)} stands where limits belong", "write { upload: 20MB/1h, connections: 50 }, or take the key out");
            return null;
        }

        if (decision == Decision.Deny)
        {
            reader.Fail(node, path, "a deny rule lets nothing pass that \"limits\" could be about", "take it out, or put it into an allow or audit rule");
        }

        var fields = reader.Fields(node, path, Keys);
        var (bytes, window) = fields.TryGetValue("upload", out var upload) ? ReadUpload(reader, upload, $"{path}.upload") : default;
        return new RuleLimits
        {
            UploadBytes = bytes,
            UploadWindow = window,
            Connections = Number(reader, fields, path, "connections"),
            NewConnectionsPerSecond = Number(reader, fields, path, "newConnectionsPerSecond"),
        };
    }

    private static int? Number(NodeReader reader, Dictionary<string, DocumentNode> fields, string path, string key) =>
        fields.TryGetValue(key, out var node) ? reader.Number(node, $"{path}.{key}", 1, MaxConnections) : null;

    private static (long? Bytes, TimeSpan Window) ReadUpload(NodeReader reader, DocumentNode node, string path)
    {
        var text = node.Kind == DocumentNodeKind.Scalar ? node.Text : string.Empty;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0 && TryReadAmount(text[..slash], out var bytes) && TimeText.TryRead(text.AsSpan(slash + 1), out var window))
        {
            return (bytes, window);
        }

        reader.Fail(node, path, $"{NodeReader.Describe(node)} is no budget", UploadFix);
        return default;
    }

    private static bool TryReadAmount(string text, out long bytes)
    {
        foreach (var (unit, factor) in Units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal))
            {
                var isNumber = int.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number);
                bytes = number * factor;
                return isNumber && number > 0;
            }
        }

        bytes = 0;
        return false;
    }
}
