using System.Globalization;

namespace SniProxy.LoadTests.Reports;

/// <summary>What was aimed at, and whether it was reached.</summary>
internal sealed class AimTable(Results results)
{
    public void Write(TextWriter page, string ours)
    {
        page.WriteLine("| Figure | to | aim | least | median ratio (lowest to highest) | |");
        page.WriteLine("|---|---|---|---|---|---|");
        foreach (var metric in Metrics.All.Where(metric => metric.Least is not null))
        {
            foreach (var (yardstick, ratio) in results.Ratios(metric, ours))
            {
                page.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"| {metric.Title} | {yardstick} | {metric.Aim:F2} | {metric.Least:F2} | {ratio.Median:F2} ({ratio.Min:F2} to {ratio.Max:F2}) | {Verdict(ratio.Median, metric)} |"));
            }
        }

        foreach (var metric in Metrics.All.Where(metric => metric.Bound is not null && results.Of(metric, ours).Count > 0))
        {
            var value = results.Of(metric, ours);
            var digits = "F" + metric.Digits.ToString(CultureInfo.InvariantCulture);
            var (median, bound) = (value.Median.ToString(digits, CultureInfo.InvariantCulture), metric.Bound?.ToString("0.##", CultureInfo.InvariantCulture));
            page.WriteLine($"| {metric.Title} | | | under {bound} {metric.Unit} | {median} {metric.Unit} | {(value.Median < metric.Bound ? "reached" : "**missed**")} |");
        }
    }

    // As it is printed: what reads 1.00 has reached 1.00.
    private static string Verdict(double ratio, Metric metric) => Math.Round(ratio, 2) switch
    {
        var rounded when rounded <= metric.Aim => "aim reached",
        var rounded when rounded <= metric.Least => "least reached",
        _ => "**missed**",
    };
}
