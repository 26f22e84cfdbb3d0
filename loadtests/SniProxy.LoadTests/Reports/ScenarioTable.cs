using System.Globalization;

namespace SniProxy.LoadTests.Reports;

/// <summary>All figures of one scenario: medians, their spread, and how they stand to the yardsticks.</summary>
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

        var cell = $"{Text(value.Median, metric)} ({Text(value.Min, metric)} to {Text(value.Max, metric)})";
        var ratios = results.Ratios(metric, name).Where(one => one.Yardstick != name).Select(one => string.Create(
            CultureInfo.InvariantCulture,
            $"<br>{one.Ratio.Median:F2} × {(metric.Yardsticks.Count > 1 ? one.Yardstick + " " : "")}({one.Ratio.Min:F2} to {one.Ratio.Max:F2})"));
        return cell + string.Concat(ratios);
    }

    private static string Text(double value, Metric metric) => value.ToString("N" + metric.Digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
