using System.Globalization;
using System.Text;

namespace SniProxy.Api;

/// <summary>The text format, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static void Append(StringBuilder text, MetricFamily family)
    {
        var series = family.Snapshot();
        if (series.Count == 0)
        {
            return;
        }

        text.Append("# HELP ").Append(family.Name).Append(' ');
        AppendEscaped(text, family.Description, isLabel: false);
        text.Append("\n# TYPE ").Append(family.Name).Append(' ').Append(TypeOf(family.Kind)).Append('\n');
        foreach (var one in series)
        {
            if (family.Kind == MetricKind.Histogram)
            {
                AppendHistogram(text, family, one);
                continue;
            }

            AppendSample(text, family.Name, string.Empty, one.Labels, null, one.Value);
        }
    }

    public static void AppendEscaped(StringBuilder text, string value, bool isLabel)
    {
        foreach (var letter in value)
        {
            _ = letter switch
            {
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '"' when isLabel => text.Append("\\\""),
                _ => text.Append(letter),
            };
        }
    }

    private static void AppendHistogram(StringBuilder text, MetricFamily family, MetricSeries series)
    {
        long count = 0;
        for (var i = 0; i < family.Bounds.Length; i++)
        {
            count += series.Bucket(i);
            AppendSample(text, family.Name, "_bucket", series.Labels, Number(family.Bounds[i]), count);
        }

        count += series.Bucket(family.Bounds.Length);
        AppendSample(text, family.Name, "_bucket", series.Labels, "+Inf", count);
        AppendSample(text, family.Name, "_sum", series.Labels, null, series.Value);
        AppendSample(text, family.Name, "_count", series.Labels, null, count);
    }

    private static void AppendSample(StringBuilder text, string name, string suffix, string labels, string? bound, double value)
    {
        text.Append(name).Append(suffix);
        if (labels.Length > 0 || bound is not null)
        {
            text.Append('{').Append(labels);
            if (bound is not null)
            {
                text.Append(labels.Length > 0 ? "," : string.Empty).Append("le=\"").Append(bound).Append('"');
            }

            text.Append('}');
        }

        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string TypeOf(MetricKind kind) => kind switch
    {
        MetricKind.Counter or MetricKind.ObservedCounter => "counter",
        MetricKind.Histogram => "histogram",
        _ => "gauge",
    };
}
