using System.Diagnostics.Metrics;
using SniProxy.Core.Contract;

namespace SniProxy.Events;

/// <summary>The room's instruments. They are observed, so that nothing is missed by whoever begins to listen later.</summary>
internal sealed class EventMetrics : IDisposable
{
    public const string MeterName = "SniProxy.Events";

    private readonly Meter meter = new(MeterName);
    private readonly long[] dropped = new long[Enum.GetValues<Decision>().Length];
    private long folded;

    public EventMetrics(Func<int> waiting)
    {
        _ = meter.CreateObservableCounter(
            "sniproxy_events_dropped_total",
            () => Enum.GetValues<Decision>().Select(verdict => new Measurement<long>(Dropped(verdict), new KeyValuePair<string, object?>("verdict", verdict.Identifier()))),
            description: "Events that were not kept because they could not be written fast enough.");
        _ = meter.CreateObservableCounter(
            "sniproxy_events_folded_total", () => Interlocked.Read(ref folded), description: "Denials whose events were folded into counted records.");
        _ = meter.CreateObservableGauge(
            "sniproxy_events_waiting", waiting, description: "Events and folded records that are not written yet.");
    }

    /// <summary>How many events of a verdict were not kept.</summary>
    public long Dropped(Decision verdict) => Interlocked.Read(ref dropped[(int)verdict]);

    public void Drop(Decision verdict) => Interlocked.Increment(ref dropped[(int)verdict]);

    public void Fold() => Interlocked.Increment(ref folded);

    public void Dispose() => meter.Dispose();
}
