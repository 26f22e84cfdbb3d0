using System.Globalization;

namespace SniProxy.LoadTests.Reports;

/// <summary>Medians for the terminal, with the ratio to tuned HAProxy.</summary>
internal sealed class SummaryTable(Results results)
{
    public void Write(TextWriter output)
    {
        output.WriteLine();
        output.WriteLine($"{"medians (ratio to tuned HAProxy)",-34}" + string.Concat(results.Names.Select(name => $"{name,20}")));
        foreach (var metric in Metrics.All.Where(results.Has))
        {
            output.WriteLine($"{metric.Key + ", " + metric.Unit,-34}" + string.Concat(results.Names.Select(name => $"{Cell(metric, name),20}")));
        }
    }

    private string Cell(Metric metric, string name)
    {
        var value = results.Of(metric, name);
        var ratio = results.Ratio(metric, name);
        var text = value.Count == 0 ? "" : value.Median.ToString("N" + metric.Digits, CultureInfo.InvariantCulture);
        return ratio.Count == 0 ? text : text + ratio.Median.ToString(" (0.00)", CultureInfo.InvariantCulture);
    }
}
