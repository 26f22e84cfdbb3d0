using System.Globalization;

namespace SniProxy.LoadTests.Reports;

/// <summary>All figures of one scenario: medians, their spread, and how they stand to tuned HAProxy.</summary>
internal sealed class ScenarioTable(Results results)
{
    public void Write(TextWriter page, IGrouping<string, Metric> scenario)
    {
        var metrics = scenario.Where(results.Has).ToArray();
        var names = results.Names.Where(name => metrics.Any(metric => results.Of(metric, name).Count > 0)).ToArray();
        page.WriteLine($"| | {string.Join(" | ", names)} |");
        page.WriteLine($"|---|{string.Concat(names.Select(_ => "---|"))}");
        foreach (var metric in metrics)
        {
            page.WriteLine($"| {metric.Title}, {metric.Unit} | {string.Join(" | ", names.Select(name => Cell(metric, name)))} |");
        }
    }

    private string Cell(Metric metric, string name)
    {
        var value = results.Of(metric, name);
        // Without a proxy there is no processor time of one.
        if (value.Count == 0 || (name == Rounds.Direct && value.Max <= 0))
        {
            return "";
        }

        var ratio = results.Ratio(metric, name);
        var cell = $"{Text(value.Median, metric)} ({Text(value.Min, metric)} to {Text(value.Max, metric)})";
        return ratio.Count == 0 || name == Contenders.Haproxy.Tuned
            ? cell
            : string.Create(CultureInfo.InvariantCulture, $"{cell}<br>{ratio.Median:F2} × ({ratio.Min:F2} to {ratio.Max:F2})");
    }

    private static string Text(double value, Metric metric) => value.ToString("N" + metric.Digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
