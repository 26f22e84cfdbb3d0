using System.Diagnostics.Metrics;

namespace SniProxy.Enforcement;

/// <summary>The room's instruments.</summary>
internal sealed class EnforcementMetrics : IDisposable
{
    public const string MeterName = "SniProxy.Enforcement";

    private readonly Meter meter = new(MeterName);
    private volatile IReadOnlyList<Probe> probes = [];

    public EnforcementMetrics() => meter.CreateObservableGauge(
        "sniproxy_enforcement_probe", Observe, description: "Whether a probe of the enforcement passed: 1 ok, 0 broken.");

    /// <summary>Takes the latest outcomes; a probe that is no longer made is no longer shown.</summary>
    public void Record(IReadOnlyList<Probe> probes) => this.probes = probes;

    /// <summary>Whether an instrument is this one's own: meters of other instances have the same name.</summary>
    public bool Owns(Instrument instrument) => ReferenceEquals(instrument.Meter, meter);

    public void Dispose() => meter.Dispose();

    private IEnumerable<Measurement<int>> Observe() =>
        probes.Select(probe => new Measurement<int>(probe.Passed ? 1 : 0, new KeyValuePair<string, object?>("probe", probe.Name)));
}
