using System.Globalization;

namespace SniProxy.LoadTests;

/// <summary>Medians of the rounds, and how the two ways compare.</summary>
internal static class Report
{
    public static void Print(string file, TextWriter output)
    {
        var measured = File.ReadAllLines(file).Select(line => line.Split('\t'))
            .ToLookup(parts => (Way: parts[0], What: parts[1]), parts => double.Parse(parts[2], CultureInfo.InvariantCulture));
        output.WriteLine($"{"",-36}{"direct",12}{"through",12}{"ratio",8}");
        foreach (var what in (string[])[Measurement.Connections, Measurement.Latency, Measurement.Bulk])
        {
            var direct = Median(measured[("direct", what)]);
            var through = Median(measured[("through", what)]);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-36}{direct,12:F1}{through,12:F1}{through / direct,8:F2}"));
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
