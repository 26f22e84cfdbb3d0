using System.Diagnostics.Metrics;

namespace SniProxy.Resolutions;

internal sealed class ResolutionMetrics : IDisposable
{
    private readonly Meter meter = new("SniProxy.Resolutions");
    private readonly Histogram<double> upstreamSeconds;

    public ResolutionMetrics() => upstreamSeconds = meter.CreateHistogram<double>(
        "sniproxy_dns_upstream_seconds", description: "Seconds until a question to the name servers was answered or given up.");

    public void UpstreamAnswered(TimeSpan elapsed) => upstreamSeconds.Record(elapsed.TotalSeconds);

    public void ObserveSyntheticNames(Func<int> count) => meter.CreateObservableGauge(
        "sniproxy_synthetic_names", count, description: "Names that have synthetic addresses, of all sandboxes.");

    public void Dispose() => meter.Dispose();
}
