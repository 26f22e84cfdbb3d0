using System.Globalization;

namespace SniProxy.Core.Policies.Exports;

/// <summary>Writes the <c>when</c> and the <c>limits</c> of a rule.</summary>
internal static class RuleTermsWriter
{
    public static DocumentNode Write(RuleWhen when)
    {
        var fields = new NodeFields();
        if (when.Labels.Count > 0)
        {
            var labels = new NodeFields();
            foreach (var (name, value) in when.Labels.OrderBy(label => label.Key, StringComparer.Ordinal))
            {
                labels.Add(name, value);
            }

            fields.Add("labels", labels.ToNode());
        }

        fields.Add("signal", when.Signal);
        fields.Add("within", when.Signal is null ? null : TimeText.Write(when.Within));
        return fields.ToNode();
    }

    public static DocumentNode Write(RuleLimits limits)
    {
        var fields = new NodeFields();
        fields.Add("upload", limits.UploadBytes is { } bytes ? $"{Amount(bytes)}/{TimeText.Write(limits.UploadWindow)}" : null);
        fields.AddNumber("connections", limits.Connections);
        fields.AddNumber("newConnectionsPerSecond", limits.NewConnectionsPerSecond);
        return fields.ToNode();
    }

    // In the largest unit that leaves nothing over: what was written is at most so many of one.
    private static string Amount(long bytes)
    {
        var (unit, size) = bytes switch
        {
            _ when bytes % 1_000_000_000 == 0 => ("GB", 1_000_000_000L),
            _ when bytes % (1L << 30) == 0 => ("GiB", 1L << 30),
            _ when bytes % 1_000_000 == 0 => ("MB", 1_000_000L),
            _ when bytes % (1L << 20) == 0 => ("MiB", 1L << 20),
            _ when bytes % 1_000 == 0 => ("KB", 1_000L),
            _ when bytes % (1L << 10) == 0 => ("KiB", 1L << 10),
            _ => ("B", 1L),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / size}{unit}");
    }
}
