using System.Globalization;
using System.Net;
using System.Text;

namespace SniProxy.LoadTests.Reports;

/// <summary>Lying bars in groups, as SVG, with a mark at 1. What is longer than the chart is cut, and says how long it is.</summary>
internal sealed class BarChart(string title, IReadOnlyList<string> series)
{
    private const int Width = 900;
    private const int LabelWidth = 330;
    private const int BarHeight = 13;
    private const int GroupGap = 12;
    private const int Top = 62;
    private const double Longest = 3;
    private const double PerUnit = (Width - LabelWidth - 60) / Longest;
    private static readonly string[] Colours = ["#0b6e4f", "#c44536", "#e0a458", "#6b7a8f", "#9d79bc", "#3d9970", "#7f8c8d"];

    private readonly List<(string Label, IReadOnlyList<Spread> Bars)> groups = [];

    public void Add(string label, IEnumerable<Spread> bars) => groups.Add((label, [.. bars]));

    public string Draw()
    {
        var height = Top + groups.Sum(group => (group.Bars.Count * BarHeight) + GroupGap) + 20;
        var svg = new StringBuilder();
        svg.AppendLine(Invariant($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" font-family=\"sans-serif\" font-size=\"11\">"));
        svg.AppendLine(Invariant($"<rect width=\"{Width}\" height=\"{height}\" fill=\"#ffffff\"/>"));
        svg.AppendLine(Invariant($"<text x=\"12\" y=\"22\" font-size=\"15\">{Escape(title)}</text>"));
        DrawLegend(svg);
        var y = Top;
        foreach (var (label, bars) in groups)
        {
            svg.AppendLine(Invariant($"<text x=\"{LabelWidth - 8}\" y=\"{y + (bars.Count * BarHeight / 2) + 4}\" text-anchor=\"end\">{Escape(label)}</text>"));
            for (var i = 0; i < bars.Count; i++, y += BarHeight)
            {
                DrawBar(svg, bars[i], y, Colours[i % Colours.Length]);
            }

            y += GroupGap;
        }

        svg.AppendLine(Invariant($"<line x1=\"{X(1):F1}\" x2=\"{X(1):F1}\" y1=\"{Top - 6}\" y2=\"{y}\" stroke=\"#222222\" stroke-dasharray=\"3 3\"/>"));
        return svg.AppendLine("</svg>").ToString();
    }

    private static double X(double value) => LabelWidth + (Math.Min(value, Longest) * PerUnit);

    private static void DrawBar(StringBuilder svg, Spread bar, int y, string colour)
    {
        if (bar.Count == 0)
        {
            return;
        }

        svg.AppendLine(Invariant($"<rect x=\"{LabelWidth}\" y=\"{y}\" width=\"{X(bar.Median) - LabelWidth:F1}\" height=\"{BarHeight - 2}\" fill=\"{colour}\"/>"));
        // From the lowest round to the highest.
        svg.AppendLine(Invariant($"<line x1=\"{X(bar.Min):F1}\" x2=\"{X(bar.Max):F1}\" y1=\"{y + 5.5}\" y2=\"{y + 5.5}\" stroke=\"#222222\"/>"));
        svg.AppendLine(Invariant($"<text x=\"{X(Math.Max(bar.Median, bar.Max)) + 5:F1}\" y=\"{y + 10}\">{bar.Median:F2}</text>"));
    }

    private void DrawLegend(StringBuilder svg)
    {
        for (var (i, x) = (0, 12); i < series.Count; x += 30 + (series[i].Length * 7), i++)
        {
            svg.AppendLine(Invariant($"<rect x=\"{x}\" y=\"34\" width=\"11\" height=\"11\" fill=\"{Colours[i % Colours.Length]}\"/>"));
            svg.AppendLine(Invariant($"<text x=\"{x + 15}\" y=\"44\">{Escape(series[i])}</text>"));
        }
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
