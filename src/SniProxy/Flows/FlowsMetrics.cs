using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace SniProxy.Flows;

/// <summary>How many flows are open, by listener. Observed: a connection adds to a number, and whoever collects reads it.</summary>
internal sealed class FlowsMetrics : IDisposable
{
    private readonly Meter meter = new("SniProxy.Flows");
    private readonly CountsByName<StrongBox<long>> active = new(_ => new StrongBox<long>());

    public FlowsMetrics() => _ = meter.CreateObservableUpDownCounter(
        "sniproxy_active_connections", Active, description: "Connections that are open now, by listener.");

    public void Opened(string listener) => Interlocked.Increment(ref active.Of(listener).Value);

    public void Closed(string listener) => Interlocked.Decrement(ref active.Of(listener).Value);

    public void Dispose() => meter.Dispose();

    private IEnumerable<Measurement<long>> Active() =>
        active.All.Select(one => new Measurement<long>(Interlocked.Read(ref one.Counts.Value), new KeyValuePair<string, object?>("listener", one.Name)));
}
