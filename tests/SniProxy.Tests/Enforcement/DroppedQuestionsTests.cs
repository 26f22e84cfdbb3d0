using System.Diagnostics.Metrics;
using SniProxy.Enforcement;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Enforcement;

/// <summary>What an operator hears of questions that the kernel dropped, where nothing of the appliance ever saw them.</summary>
public sealed class DroppedQuestionsTests : IDisposable
{
    private readonly EnforcementMetrics metrics = new();
    private readonly Warnings<EnforcementWatch> warnings = new();
    private long? dropped;

    [Fact]
    public async Task AreCountedAndToldWhenThereAreMore()
    {
        var watch = new EnforcementWatch([Check()], metrics, warnings, TimeProvider.System);
        foreach (var reading in new long?[] { 5, 5, null, 5, 9, 9, 2 })
        {
            dropped = reading;
            await watch.RoundAsync(TestContext.Current.CancellationToken);
        }

        // What was dropped before the start is no news; where the rules were applied anew the kernel begins again.
        Assert.Contains("dropped 4 DNS questions", Assert.Single(warnings.Told));
        Assert.Equal(2, Counted());
    }

    public void Dispose() => metrics.Dispose();

    private ProbeCheck Check() => new("rules", _ => Task.FromResult(Probe.Pass("rules", "they stand") with { DroppedQuestions = dropped }));

    private long Counted()
    {
        var counted = -1L;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (metrics.Owns(instrument))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => counted = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return counted;
    }
}
