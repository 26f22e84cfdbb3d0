using System.Diagnostics.Metrics;
using SniProxy.Core.Contract;

namespace SniProxy.Flows;

/// <summary>How many flows are open, by listener.</summary>
internal sealed class FlowsMetrics : IDisposable
{
    private readonly Meter meter = new("SniProxy.Flows");
    private readonly UpDownCounter<long> active;
    private readonly Counter<long> revoked;

    public FlowsMetrics()
    {
        active = meter.CreateUpDownCounter<long>("sniproxy_active_connections", description: "Connections that are open now, by listener.");
        revoked = meter.CreateCounter<long>("sniproxy_revoked_total", description: "Open connections that a change has ended, by reason.");
    }

    public void Opened(string listener) => active.Add(1, new KeyValuePair<string, object?>("listener", listener));

    public void Closed(string listener) => active.Add(-1, new KeyValuePair<string, object?>("listener", listener));

    public void Revoked(Reason reason) => revoked.Add(1, new KeyValuePair<string, object?>("reason", reason.Identifier()));

    public void Dispose() => meter.Dispose();
}
