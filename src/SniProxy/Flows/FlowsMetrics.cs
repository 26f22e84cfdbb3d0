using System.Diagnostics.Metrics;

namespace SniProxy.Flows;

/// <summary>How many flows are open, by listener.</summary>
internal sealed class FlowsMetrics : IDisposable
{
    private readonly Meter meter = new("SniProxy.Flows");
    private readonly UpDownCounter<long> active;

    public FlowsMetrics() => active = meter.CreateUpDownCounter<long>(
        "sniproxy_active_connections", description: "Connections that are open now, by listener.");

    public void Opened(string listener) => active.Add(1, new KeyValuePair<string, object?>("listener", listener));

    public void Closed(string listener) => active.Add(-1, new KeyValuePair<string, object?>("listener", listener));

    public void Dispose() => meter.Dispose();
}
