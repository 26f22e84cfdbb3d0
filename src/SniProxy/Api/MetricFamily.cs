using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace SniProxy.Api;

/// <summary>All series of one metric name. Measuring an existing series takes no lock and allocates nothing.</summary>
internal sealed class MetricFamily
{
    // A label whose values a client chooses must not fill the memory: what is more than this goes into one series.
    private const int MaxSeries = 2_000;

    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<MetricTags, MetricSeries> byTags = new(new MetricTags.Comparer());
    private readonly ConcurrentDictionary<MetricTags, MetricSeries>.AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>> lookup;
    private readonly Dictionary<string, MetricSeries> byLabels = new(StringComparer.Ordinal);
    private readonly MetricSeries overflow;
    private MetricSeries? untagged;
    private bool hasOverflowed;

    public MetricFamily(string name, string description, MetricKind kind, bool isObserved, double[] bounds)
    {
        Name = name;
        Description = description;
        Kind = kind;
        IsObserved = isObserved;
        Bounds = bounds;
        overflow = new MetricSeries("overflow=\"true\"", bounds);
        lookup = byTags.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
    }

    public string Name { get; }

    public string Description { get; }

    public MetricKind Kind { get; }

    /// <summary>Its values are asked for at each collection.</summary>
    public bool IsObserved { get; }

    public double[] Bounds { get; }

    /// <summary>The number of the collection that is under way.</summary>
    public long Collection { get; set; }

    public void Measure(long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (Kind is MetricKind.Counter or MetricKind.UpDownCounter)
        {
            Find(tags).Add(value);
            return;
        }

        Measure((double)value, tags);
    }

    public void Measure(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = Find(tags);
        switch (Kind)
        {
            case MetricKind.Counter or MetricKind.UpDownCounter:
                series.Add(value);
                break;
            case MetricKind.Histogram:
                series.Observe(value);
                break;
            case MetricKind.ObservedCounter or MetricKind.ObservedUpDownCounter when series.SeenIn == Collection:
                // Two that count the same, or those that share the series of what is too much: their totals are one.
                series.Add(value);
                break;
            default:
                series.Set(value);
                series.SeenIn = Collection;
                break;
        }
    }

    /// <summary>The series as they stand, ordered by their labels.</summary>
    public List<MetricSeries> Snapshot()
    {
        List<MetricSeries> series;
        lock (gate)
        {
            series = [.. byLabels.Values];
            if (hasOverflowed)
            {
                series.Add(overflow);
            }
        }

        series.RemoveAll(s => IsObserved && s.SeenIn != Collection);
        series.Sort((a, b) => string.CompareOrdinal(a.Labels, b.Labels));
        return series;
    }

    private MetricSeries Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return untagged ??= FindTagged(tags);
        }

        return FindTagged(tags);
    }

    private MetricSeries FindTagged(ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        lookup.TryGetValue(tags, out var series) ? series : Create(tags);

    private MetricSeries Create(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (gate)
        {
            if (byTags.Count >= MaxSeries)
            {
                hasOverflowed = true;
                return overflow;
            }

            var labels = Render(tags);
            if (!byLabels.TryGetValue(labels, out var series))
            {
                series = new MetricSeries(labels, Bounds);
                byLabels.Add(labels, series);
            }

            byTags[new MetricTags(tags.ToArray())] = series;
            return series;
        }
    }

    // The same labels in another order are the same series.
    private static string Render(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in tags)
        {
            labels[MetricName.ForLabel(key)] = value is bool flag
                ? (flag ? "true" : "false")
                : Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty;
        }

        var text = new StringBuilder();
        foreach (var (name, value) in labels)
        {
            text.Append(text.Length == 0 ? string.Empty : ",").Append(name).Append("=\"");
            PrometheusText.AppendEscaped(text, value, isLabel: true);
            text.Append('"');
        }

        return text.ToString();
    }
}
