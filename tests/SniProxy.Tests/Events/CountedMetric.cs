using System.Diagnostics.Metrics;

namespace SniProxy.Tests.Events;

/// <summary>What a counter has counted under one tag, in whichever room it stands.</summary>
internal sealed class CountedMetric : IDisposable
{
    private readonly MeterListener listener = new();
    private long total;

    public CountedMetric(string instrument, string tag, string value)
    {
        listener.InstrumentPublished = (published, self) =>
        {
            if (published.Name == instrument)
            {
                self.EnableMeasurementEvents(published);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, measured, tags, _) =>
        {
            foreach (var one in tags)
            {
                Interlocked.Add(ref total, one.Key == tag && Equals(one.Value, value) ? measured : 0);
            }
        });
        listener.Start();
    }

    /// <summary>Counters are observed: each time they tell what they have counted until now.</summary>
    public long Total
    {
        get
        {
            Interlocked.Exchange(ref total, 0);
            listener.RecordObservableInstruments();
            return Interlocked.Read(ref total);
        }
    }

    public void Dispose() => listener.Dispose();
}
