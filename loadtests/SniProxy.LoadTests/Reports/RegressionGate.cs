using System.Globalization;

namespace SniProxy.LoadTests.Reports;

/// <summary>
/// The quick form's yes or no: no only when a ratio is far beyond what must be reached, for the figures of a few seconds
/// on a busy machine are worth no more.
/// </summary>
internal sealed class RegressionGate(Results results)
{
    private const double Margin = 1.5;

    // The portable transport is there to be right, and stands at up to twelve times tuned HAProxy.
    private const double PortableMargin = 16;

    public int Check(TextWriter output)
    {
        var failures = 0;
        foreach (var name in results.Ours)
        {
            foreach (var metric in Metrics.All)
            {
                foreach (var (yardstick, ratio) in results.Ratios(metric, name).Where(one => one.Ratio.Median > metric.Least * MarginOf(name)))
                {
                    failures++;
                    output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                        $"regression: {metric.Key} of {name} is {ratio.Median:F2} of {yardstick}; {metric.Least * MarginOf(name):F2} is the most that passes"));
                }

                var value = results.Of(metric, name);
                if (metric.Bound is { } bound && value.Count > 0 && value.Median > bound * 2 * Margin)
                {
                    failures++;
                    output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"regression: {metric.Key} of {name} is {value.Median:F0} {metric.Unit}"));
                }
            }
        }

        output.WriteLine(failures == 0 ? "no gross regression" : $"{failures} gross regressions");
        return failures == 0 ? 0 : 1;
    }

    private static double MarginOf(string name) => name.EndsWith("sockets", StringComparison.OrdinalIgnoreCase) ? PortableMargin : Margin;
}
