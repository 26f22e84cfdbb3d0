using System.Text;

namespace SniProxy.Api;

/// <summary>
/// Names as Prometheus wants them (https://prometheus.io/docs/concepts/data_model, https://prometheus.io/docs/practices/naming). Our own
/// instruments are named so already and stay as they are; those of the runtime are named after OpenTelemetry's conventions.
/// </summary>
internal static class MetricName
{
    public static string ForForeign(string instrument, string? unit, MetricKind kind)
    {
        var name = Legal(instrument, allowsColon: true);
        var suffix = unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            _ => string.Empty,
        };
        if (!name.EndsWith(suffix, StringComparison.Ordinal))
        {
            name += suffix;
        }

        if (kind is MetricKind.Counter or MetricKind.ObservedCounter)
        {
            return name.EndsWith("_total", StringComparison.Ordinal) ? name : name + "_total";
        }

        // _count belongs to histograms: dotnet.timer.count becomes dotnet_timers.
        return kind != MetricKind.Histogram && name.EndsWith("_count", StringComparison.Ordinal) ? Plural(name[..^"_count".Length]) : name;
    }

    public static string ForOwn(string instrument) => Legal(instrument, allowsColon: true);

    public static string ForLabel(string tag) => Legal(tag, allowsColon: false);

    private static string Plural(string name) => name.EndsWith('y') ? name[..^1] + "ies" : name + "s";

    private static string Legal(string name, bool allowsColon)
    {
        var text = new StringBuilder(name.Length);
        foreach (var letter in name)
        {
            if (text.Length == 0 && char.IsAsciiDigit(letter))
            {
                text.Append('_');
            }

            text.Append(char.IsAsciiLetterOrDigit(letter) || letter == '_' || (allowsColon && letter == ':') ? letter : '_');
        }

        return text.Length == 0 ? "_" : text.ToString();
    }
}
