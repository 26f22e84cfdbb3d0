using System.Globalization;

namespace SniProxy.LoadTests;

/// <summary>The line of key=value that a tool prints.</summary>
internal sealed class ToolAnswer
{
    private readonly Dictionary<string, double> values;

    public ToolAnswer(string line) =>
        values = line.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('='))
            .ToDictionary(pair => pair[0], pair => double.Parse(pair[1], CultureInfo.InvariantCulture));

    public double this[string key] => values[key];

    public double CpuFor(double units) => units > 0 ? this["cpu"] / units : 0;

    public double MachineFor(double units) => units > 0 ? this["machine"] / units : 0;

    public double PerSecond(double units) => units / this["seconds"];
}
