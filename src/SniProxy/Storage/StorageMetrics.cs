using System.Diagnostics.Metrics;

namespace SniProxy.Storage;

/// <summary>The room's instruments: whether the store works, and for how long it has not.</summary>
internal sealed class StorageMetrics : IDisposable
{
    public const string MeterName = "SniProxy.Storage";

    private readonly TimeProvider clock;
    private readonly Meter meter = new(MeterName);
    private long failingSince;
    private volatile bool isUp = true;

    public StorageMetrics(TimeProvider clock)
    {
        this.clock = clock;
        _ = meter.CreateObservableGauge("sniproxy_store_up", () => isUp ? 1 : 0, description: "1 when the last use of the store worked.");
        _ = meter.CreateObservableGauge("sniproxy_store_stale_seconds", StaleSeconds, description: "For how long the store has not worked.");
    }

    public void Succeed() => isUp = true;

    public void Fail()
    {
        if (isUp)
        {
            Interlocked.Exchange(ref failingSince, clock.GetTimestamp());
            isUp = false;
        }
    }

    public void Dispose() => meter.Dispose();

    private double StaleSeconds() => isUp ? 0 : clock.GetElapsedTime(Interlocked.Read(ref failingSince)).TotalSeconds;
}
