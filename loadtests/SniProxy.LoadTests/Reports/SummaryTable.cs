using System.Globalization;

namespace SniProxy.LoadTests.Reports;

/// <summary>Medians for the terminal, with the ratios to the yardsticks.</summary>
internal sealed class SummaryTable(Results results)
{
    public void Write(TextWriter output)
    {
        output.WriteLine();
        output.WriteLine($"{"medians (ratios)",-34}" + string.Concat(results.Names.Select(name => $"{name,20}")));
        foreach (var metric in Metrics.All.Where(results.Has))
        {
            output.WriteLine($"{metric.Key + ", " + metric.Unit,-34}" + string.Concat(results.Names.Select(name => $"{Cell(metric, name),20}")));
        }
    }

    private string Cell(Metric metric, string name)
    {
        var value = results.Of(metric, name);
        var text = value.Count == 0 ? "" : value.Median.ToString("N" + metric.Digits, CultureInfo.InvariantCulture);
        var ratios = results.Ratios(metric, name).Select(one => one.Ratio.Median.ToString("0.00", CultureInfo.InvariantCulture)).ToArray();
        return ratios.Length == 0 ? text : $"{text} ({string.Join(' ', ratios)})";
    }
}
