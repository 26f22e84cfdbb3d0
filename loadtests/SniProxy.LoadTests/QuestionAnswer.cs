using System.Globalization;

namespace SniProxy.LoadTests;

/// <summary>What dnsperf said of a run (dnsperf(1)): its statistics and, where it was asked to tell each reply, how long each took.</summary>
internal sealed class QuestionAnswer
{
    private const double MillisecondsPerSecond = 1000;
    private readonly Dictionary<string, string> figures = [];
    private readonly List<double> milliseconds = [];

    public QuestionAnswer(string output)
    {
        foreach (var line in output.Split('\n'))
        {
            if (line.StartsWith("> ", StringComparison.Ordinal))
            {
                // "> NOERROR name type seconds"; "> T ..." was lost.
                _ = double.TryParse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture, out var seconds);
                milliseconds.Add(line.StartsWith("> T ", StringComparison.Ordinal) ? double.PositiveInfinity : seconds * MillisecondsPerSecond);
            }
            else if (line.Split(':', 2) is [var key, var value])
            {
                figures[key.Trim()] = value.Trim();
            }
        }
    }

    public double Completed => Number("Queries completed");

    public double Lost => Number("Queries lost");

    public double Seconds => Number("Run time (s)");

    /// <summary>How many of each response code, such as <c>NOERROR 10 (100.00%)</c>.</summary>
    public string Codes => figures["Response codes"];

    /// <summary>That so many of 100 replies were no slower than; a lost one was for ever.</summary>
    public double Percentile(int percent)
    {
        var sorted = milliseconds.Order().ToArray();
        return sorted.Length == 0 ? double.PositiveInfinity : sorted[Math.Max(0, (int)Math.Ceiling(sorted.Length * percent / 100.0) - 1)];
    }

    private double Number(string key) => double.Parse(figures[key].Split(' ')[0], CultureInfo.InvariantCulture);
}
