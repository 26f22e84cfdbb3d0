using System.Diagnostics;
using System.Diagnostics.Metrics;
using SniProxy.Api;

namespace SniProxy.Tests.Api;

public sealed class MetricsCollectorTests : IDisposable
{
    private readonly MetricsCollector collector = new();
    private readonly Meter meter = new("SniProxy.Tests");

    [Fact]
    public async Task IsCleanToPromtool()
    {
        var counter = meter.CreateCounter<long>("sniproxy_t_clean_total", description: "With \\ and\nline feed.");
        counter.Add(3, Tag("policy", "a\"b\\c\nd"), Tag("verdict", "allow"));
        meter.CreateUpDownCounter<int>("sniproxy_t_active", description: "Active.").Add(-2);
        var histogram = meter.CreateHistogram<double>("sniproxy_t_clean_seconds", "s", "Time.");
        histogram.Record(0.003, Tag("policy", "ci"));
        histogram.Record(99);
        meter.CreateGauge<double>("sniproxy_t_level", description: "A level.").Record(double.NaN);
        var text = collector.Collect();

        var start = new ProcessStartInfo("promtool", "check metrics") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var promtool = Process.Start(start);
        Assert.NotNull(promtool);
        await promtool.StandardInput.WriteAsync(text);
        promtool.StandardInput.Close();
        var output = await promtool.StandardOutput.ReadToEndAsync() + await promtool.StandardError.ReadToEndAsync();
        await promtool.WaitForExitAsync();
        Assert.True(promtool.ExitCode == 0 && output.Length == 0, output);
    }

    [Fact]
    public void AddsUpCountersByTagsInAnyOrder()
    {
        var counter = meter.CreateCounter<long>("sniproxy_t_order_total", description: "Order.");
        counter.Add(1, Tag("b", "2"), Tag("a", "1"));
        counter.Add(2, Tag("a", "1"), Tag("b", "2"));
        counter.Add(5, Tag("a", "1"), Tag("b", "3"));
        Assert.Equal(
            ["# HELP sniproxy_t_order_total Order.", "# TYPE sniproxy_t_order_total counter", "sniproxy_t_order_total{a=\"1\",b=\"2\"} 3", "sniproxy_t_order_total{a=\"1\",b=\"3\"} 5"],
            Lines("sniproxy_t_order_total"));
    }

    [Fact]
    public void EscapesLabelValues()
    {
        meter.CreateCounter<long>("sniproxy_t_escape_total", description: "x").Add(1, Tag("policy", "a\"b\\c\nd"));
        Assert.Contains("sniproxy_t_escape_total{policy=\"a\\\"b\\\\c\\nd\"} 1", Lines("sniproxy_t_escape_total"));
    }

    [Fact]
    public void CumulatesHistogramBucketsByAdvice()
    {
        var histogram = meter.CreateHistogram("sniproxy_t_advice_seconds", "s", "x", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1] });
        foreach (var value in (double[])[0.25, 0.5, 0.75, 4])
        {
            histogram.Record(value);
        }

        Assert.Equal(
            ["sniproxy_t_advice_seconds_bucket{le=\"0.5\"} 2", "sniproxy_t_advice_seconds_bucket{le=\"1\"} 3", "sniproxy_t_advice_seconds_bucket{le=\"+Inf\"} 4", "sniproxy_t_advice_seconds_sum 5.5", "sniproxy_t_advice_seconds_count 4"],
            Lines("sniproxy_t_advice_seconds")[2..]);
    }

    [Fact]
    public void ForgetsWhatIsNoLongerObserved()
    {
        var measurements = new List<Measurement<int>> { new(1, Tag("scope", "global")), new(1, Tag("scope", "ci")) };
        meter.CreateObservableGauge("sniproxy_t_observed", () => measurements, description: "x");
        Assert.Equal(4, Lines("sniproxy_t_observed").Length);
        measurements.RemoveAt(1);
        Assert.Equal(["sniproxy_t_observed{scope=\"global\"} 1"], Lines("sniproxy_t_observed")[2..]);
    }

    [Fact]
    public void BoundsTheNumberOfSeries()
    {
        var counter = meter.CreateCounter<long>("sniproxy_t_many_total", description: "x");
        for (var i = 0; i < 100_000; i++)
        {
            counter.Add(1, Tag("host", $"h{i}"));
        }

        var lines = Lines("sniproxy_t_many_total");
        Assert.InRange(lines.Length, 100, 2_003);
        Assert.Contains("sniproxy_t_many_total{overflow=\"true\"} 98000", lines);
    }

    [Fact]
    public void WhatIsTooMuchOfWhatIsObservedIsAddedUpAtEachCollection()
    {
        meter.CreateObservableCounter(
            "sniproxy_t_many_observed_total", () => Enumerable.Range(0, 5_000).Select(i => new Measurement<long>(2, Tag("policy", $"p{i}"))), description: "x");
        Assert.Contains("sniproxy_t_many_observed_total{overflow=\"true\"} 6000", Lines("sniproxy_t_many_observed_total"));
        Assert.Contains("sniproxy_t_many_observed_total{overflow=\"true\"} 6000", Lines("sniproxy_t_many_observed_total"));
    }

    [Fact]
    public void WhatTwoInstrumentsObserveUnderOneNameIsOneTotal()
    {
        using var other = new Meter("SniProxy.Other");
        meter.CreateObservableUpDownCounter("sniproxy_t_shared", () => 3, description: "x");
        other.CreateObservableUpDownCounter("sniproxy_t_shared", () => -1, description: "x");
        Assert.Equal(["# TYPE sniproxy_t_shared gauge", "sniproxy_t_shared 2"], Lines("sniproxy_t_shared")[1..]);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.000001, 0)]
    [InlineData(0.0000011, 1)]
    [InlineData(0.05, 11)]
    [InlineData(30, 19)]
    [InlineData(30.1, 20)]
    [InlineData(double.PositiveInfinity, 20)]
    [InlineData(-1, 0)]
    public void AMeasurementIsInTheFirstBucketThatHoldsIt(double seconds, int bucket)
    {
        meter.CreateHistogram<double>("sniproxy_t_bucket_seconds", description: "x").Record(seconds);
        var counts = Lines("sniproxy_t_bucket_seconds").Where(line => line.Contains("_bucket{", StringComparison.Ordinal)).Select(line => line.Split(' ')[1]);
        Assert.Equal(Enumerable.Range(0, 21).Select(i => i < bucket ? "0" : "1"), counts);
    }

    [Fact]
    public void CountsExactlyUnderContention()
    {
        var counter = meter.CreateCounter<long>("sniproxy_t_contended_total", description: "x");
        var histogram = meter.CreateHistogram<double>("sniproxy_t_contended_seconds", description: "x");
        Parallel.For(0, 8, _ =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                counter.Add(1, Tag("policy", "ci"));
                histogram.Record(0.5, Tag("policy", "ci"));
            }
        });
        Assert.Contains("sniproxy_t_contended_total{policy=\"ci\"} 80000", Lines("sniproxy_t_contended_total"));
        Assert.Contains("sniproxy_t_contended_seconds_sum{policy=\"ci\"} 40000", Lines("sniproxy_t_contended_seconds"));
    }

    [Fact]
    public void MeasuringAllocatesNothingOnceASeriesExists()
    {
        var counter = meter.CreateCounter<long>("sniproxy_t_free_total", description: "x");
        var histogram = meter.CreateHistogram<double>("sniproxy_t_free_seconds", description: "x");
        Measure(1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Measure(1_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Measure(int times)
        {
            for (var i = 0; i < times; i++)
            {
                counter.Add(1, Tag("listener", "transparent"), Tag("protocol", "tls"), Tag("verdict", "allow"));
                histogram.Record(0.001, Tag("policy", "ci"));
            }
        }
    }

    [Fact]
    public void ShowsTheRuntimeAndTheBuild()
    {
        var text = collector.Collect();
        Assert.Contains("\ndotnet_gc_collections_total{gc_heap_generation=\"gen0\"} ", text, StringComparison.Ordinal);
        Assert.Contains("\ndotnet_process_memory_working_set_bytes ", text, StringComparison.Ordinal);
        Assert.Matches("\nsniproxy_build_info\\{revision=\"[^\"]*\",runtime=\"10[^\"]*\",version=\"0[^\"]*\"\\} 1\n", text);
    }

    [Fact]
    public void GoesOnWhenAnInstrumentThrows()
    {
        meter.CreateObservableGauge("sniproxy_t_throws", (Func<int>)(() => throw new InvalidOperationException("no answer")), description: "x");
        Assert.Contains("sniproxy_build_info", collector.Collect(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        collector.Dispose();
        meter.Dispose();
    }

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    private string[] Lines(string name) => [.. collector.Collect().Split('\n').Where(line => line.Contains(name, StringComparison.Ordinal))];
}
