using System.Globalization;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Callers;

/// <summary>A resolver library as a program uses it.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="AskAsync">Looks a name up several times; the appliance's events tell when a question arrived.</param>
public sealed record Stub(string Name, Func<Namespace, EventFile, string, Task<StubAnswer>> AskAsync)
{
    public override string ToString() => Name;
}

/// <summary>What a program was given for a name, and how long it waited for that; the median, since others work on the machine too.</summary>
/// <param name="Addresses">Empty where the name was said not to resolve.</param>
/// <param name="Median">Of the looks-up, without the program's own start.</param>
public sealed record StubAnswer(IReadOnlyList<string> Addresses, TimeSpan Median)
{
    /// <summary>A line for each look-up: milliseconds, then the addresses, all with spaces between.</summary>
    public static StubAnswer Read(CommandResult result)
    {
        var lines = result.MustSucceed().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        return new StubAnswer(lines[^1][1..], MedianOf([.. lines.Select(words => double.Parse(words[0], CultureInfo.InvariantCulture))]));
    }

    public static TimeSpan MedianOf(double[] milliseconds) => TimeSpan.FromMilliseconds(milliseconds.Order().ElementAt(milliseconds.Length / 2));
}
