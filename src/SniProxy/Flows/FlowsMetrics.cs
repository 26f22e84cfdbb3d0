using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using SniProxy.Core.Contract;

namespace SniProxy.Flows;

/// <summary>How many flows are open, by listener. Observed: a connection adds to a number, and whoever collects reads it.</summary>
internal sealed class FlowsMetrics : IDisposable
{
    private readonly Meter meter = new("SniProxy.Flows");
    private readonly CountsByName<StrongBox<long>> active = new(_ => new StrongBox<long>());
    private readonly Counter<long> revoked;

    public FlowsMetrics()
    {
        _ = meter.CreateObservableUpDownCounter(
            "sniproxy_active_connections", Active, description: "Connections that are open now, by listener.");
        revoked = meter.CreateCounter<long>("sniproxy_revoked_total", description: "Open connections that a change has ended, by reason.");
    }

    public void Opened(string listener) => Interlocked.Increment(ref active.Of(listener).Value);

    public void Closed(string listener) => Interlocked.Decrement(ref active.Of(listener).Value);

    public void Revoked(Reason reason) => revoked.Add(1, new KeyValuePair<string, object?>("reason", reason.Identifier()));

    public void Dispose() => meter.Dispose();

    private IEnumerable<Measurement<long>> Active() =>
        active.All.Select(one => new Measurement<long>(Interlocked.Read(ref one.Counts.Value), new KeyValuePair<string, object?>("listener", one.Name)));
}
