using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;

namespace SniProxy.Api;

/// <summary>
/// Adds up what the instruments of all rooms and of the runtime measure, for <c>/metrics</c>. It takes the same instruments any other
/// exporter would (System.Diagnostics.Metrics).
/// </summary>
internal sealed class MetricsCollector : IDisposable
{
    private const string OwnPrefix = "SniProxy.";
    private const string Runtime = "System.Runtime";

    // From a microsecond (a verdict) to half a minute (an upstream that does not answer).
    private static readonly double[] SecondsBounds =
        [0.000001, 0.000005, 0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<string, MetricFamily> families = new(StringComparer.Ordinal);
    private readonly MeterListener listener = new();
    private readonly Meter build = new(OwnPrefix + "Api");
    private long collection;

    public MetricsCollector()
    {
        listener.InstrumentPublished = (instrument, own) =>
        {
            var name = instrument.Meter.Name;
            if (name.StartsWith(OwnPrefix, StringComparison.Ordinal) || name == Runtime)
            {
                own.EnableMeasurementEvents(instrument, FamilyOf(instrument));
            }
        };
        listener.SetMeasurementEventCallback<byte>((_, value, tags, state) => Measure(state, (long)value, tags));
        listener.SetMeasurementEventCallback<short>((_, value, tags, state) => Measure(state, (long)value, tags));
        listener.SetMeasurementEventCallback<int>((_, value, tags, state) => Measure(state, (long)value, tags));
        listener.SetMeasurementEventCallback<long>((_, value, tags, state) => Measure(state, value, tags));
        listener.SetMeasurementEventCallback<float>((_, value, tags, state) => Measure(state, (double)value, tags));
        listener.SetMeasurementEventCallback<double>((_, value, tags, state) => Measure(state, value, tags));
        listener.SetMeasurementEventCallback<decimal>((_, value, tags, state) => Measure(state, (double)value, tags));
        listener.Start();
        _ = build.CreateObservableGauge(
            "sniproxy_build_info", () => new Measurement<int>(1, BuildTags()), description: "The program that is running; always 1.");
    }

    /// <summary>All metrics in the text format, ordered by name.</summary>
    public string Collect()
    {
        lock (gate)
        {
            collection++;
            foreach (var family in families.Values)
            {
                family.Collection = collection;
            }

            Observe();
            var text = new StringBuilder(16 * 1024);
            foreach (var family in families.Values.OrderBy(f => f.Name, StringComparer.Ordinal))
            {
                PrometheusText.Append(text, family);
            }

            return text.ToString();
        }
    }

    public void Dispose()
    {
        listener.Dispose();
        build.Dispose();
    }

    private void Observe()
    {
        try
        {
            listener.RecordObservableInstruments();
        }
        catch (AggregateException)
        {
            // An instrument that cannot answer now is missing from this collection; all others have answered.
        }
    }

    private static void Measure(object? state, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags) => (state as MetricFamily)?.Measure(value, tags);

    private static void Measure(object? state, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) => (state as MetricFamily)?.Measure(value, tags);

    private MetricFamily FamilyOf(Instrument instrument)
    {
        var kind = KindOf(instrument);
        var name = instrument.Meter.Name == Runtime ? MetricName.ForForeign(instrument.Name, instrument.Unit, kind) : MetricName.ForOwn(instrument.Name);
        var description = string.IsNullOrWhiteSpace(instrument.Description) ? instrument.Name : instrument.Description;
        return families.GetOrAdd(
            name, _ => new MetricFamily(name, description, kind, instrument.IsObservable, kind == MetricKind.Histogram ? BoundsOf(instrument) : []) { Collection = collection });
    }

    private static MetricKind KindOf(Instrument instrument)
    {
        var type = instrument.GetType();
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        return definition == typeof(Counter<>) ? MetricKind.Counter
            : definition == typeof(UpDownCounter<>) ? MetricKind.UpDownCounter
            : definition == typeof(ObservableCounter<>) ? MetricKind.ObservedCounter
            : definition == typeof(ObservableUpDownCounter<>) ? MetricKind.ObservedUpDownCounter
            : definition == typeof(Histogram<>) ? MetricKind.Histogram
            : MetricKind.Gauge;
    }

    private static double[] BoundsOf(Instrument instrument) => instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds],
        Histogram<long> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(b => (double)b)],
        Histogram<int> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(b => (double)b)],
        _ => SecondsBounds,
    };

    private static KeyValuePair<string, object?>[] BuildTags()
    {
        var (version, revision) = ProgramVersion.Parts;
        return [new("version", version), new("revision", revision), new("runtime", Environment.Version.ToString())];
    }
}
