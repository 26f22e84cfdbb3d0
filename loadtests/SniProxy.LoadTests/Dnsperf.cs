using System.Diagnostics;

namespace SniProxy.LoadTests;

/// <summary>dnsperf in the sandbox, which asks for names over and over.</summary>
/// <param name="network">Where the sandbox is.</param>
/// <param name="folder">For the list of names.</param>
internal sealed class Dnsperf(Network network, string folder)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Runs to its end.</summary>
    /// <param name="from">The sandbox's address.</param>
    /// <param name="names">What it asks for, in this order, again and again.</param>
    /// <param name="seconds">How long.</param>
    /// <param name="more">Further options (dnsperf(1)).</param>
    public QuestionAnswer Ask(string from, IEnumerable<string> names, double seconds, params IEnumerable<string> more) =>
        new(Command.Run(Line(from, names, seconds, more), Patience));

    /// <summary>The same, beside what is done until the run is waited for.</summary>
    public Process Start(string from, IEnumerable<string> names, double seconds, params IEnumerable<string> more) =>
        Command.Start(Line(from, names, seconds, more), null);

    private string[] Line(string from, IEnumerable<string> names, double seconds, IEnumerable<string> more)
    {
        var list = $"{folder}/questions-{from}";
        File.WriteAllLines(list, names.Select(name => $"{name} A"));
        return network.InSandbox(["dnsperf", "-s", Network.Resolver, "-a", from, "-d", list, "-l", Bench.Text(seconds), "-t", "1", .. more]);
    }
}
