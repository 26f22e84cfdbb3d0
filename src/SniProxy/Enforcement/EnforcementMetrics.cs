using System.Diagnostics.Metrics;

namespace SniProxy.Enforcement;

/// <summary>The room's instruments.</summary>
internal sealed class EnforcementMetrics : IDisposable
{
    public const string MeterName = "SniProxy.Enforcement";

    private readonly Meter meter = new(MeterName);
    private volatile IReadOnlyList<Probe> probes = [];
    private long droppedQuestions;

    public EnforcementMetrics()
    {
        meter.CreateObservableGauge("sniproxy_enforcement_probe", Observe, description: "Whether a probe of the enforcement passed: 1 ok, 0 broken.");
        meter.CreateObservableCounter(
            "sniproxy_dns_dropped_total", () => DroppedQuestions,
            description: "Questions over UDP that the kernel dropped, because one source asked beyond ten times its limit; read with the rules, twice a minute.");
    }

    /// <summary>As read last; the kernel begins anew when rules are applied.</summary>
    public long DroppedQuestions => Interlocked.Read(ref droppedQuestions);

    /// <summary>Takes the latest outcomes; a probe that is no longer made is no longer shown.</summary>
    public void Record(IReadOnlyList<Probe> probes)
    {
        this.probes = probes;
        if (probes.Select(probe => probe.DroppedQuestions).FirstOrDefault(dropped => dropped is not null) is { } dropped)
        {
            Interlocked.Exchange(ref droppedQuestions, dropped);
        }
    }

    /// <summary>Whether an instrument is this one's own: meters of other instances have the same name.</summary>
    public bool Owns(Instrument instrument) => ReferenceEquals(instrument.Meter, meter);

    public void Dispose() => meter.Dispose();

    private IEnumerable<Measurement<int>> Observe() =>
        probes.Select(probe => new Measurement<int>(probe.Passed ? 1 : 0, new KeyValuePair<string, object?>("probe", probe.Name)));
}
