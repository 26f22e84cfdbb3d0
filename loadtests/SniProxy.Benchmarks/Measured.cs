using BenchmarkDotNet.Reports;

namespace SniProxy.Benchmarks;

/// <summary>What a summary says of a benchmark's cases.</summary>
internal sealed class Measured(Summary summary)
{
    private const double NanosecondsPerMillisecond = 1e6;

    /// <summary>The machine, as BenchmarkDotNet knows it.</summary>
    public IEnumerable<string> Host => summary.HostEnvironmentInfo.ToFormattedString();

    /// <summary>Nanoseconds for one operation.</summary>
    public double Median(string method, params (string Parameter, object Value)[] parameters) =>
        Find(method, parameters).ResultStatistics?.Median ?? throw new InvalidOperationException($"{method} was not measured");

    public double Milliseconds(string method, params (string Parameter, object Value)[] parameters) => Median(method, parameters) / NanosecondsPerMillisecond;

    /// <summary>Bytes for one operation.</summary>
    public double Allocated(string method, params (string Parameter, object Value)[] parameters)
    {
        var report = Find(method, parameters);
        return report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? throw new InvalidOperationException($"{method}: bytes were not counted");
    }

    private BenchmarkReport Find(string method, (string Parameter, object Value)[] parameters) => summary.Reports.Single(report =>
        report.BenchmarkCase.Descriptor.WorkloadMethod.Name == method
        && parameters.All(parameter => report.BenchmarkCase.Parameters.Items.Any(item => item.Name == parameter.Parameter && Equals(item.Value, parameter.Value))));
}
