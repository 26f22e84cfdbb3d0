using SniProxy.LoadTests.Contenders;
using SniProxy.LoadTests.Scenarios;

namespace SniProxy.LoadTests;

/// <summary>
/// All scenarios, each in rounds in which every contender has its turn and another one begins each time: what changes on the machine
/// meanwhile meets all of them alike.
/// </summary>
internal sealed class Rounds(Bench bench, Samples samples, LoadOptions options, TextWriter output)
{
    public const string Direct = "direct";

    private static readonly IReadOnlyList<Scenario> All =
    [
        new ConnectScenario(), new DenyScenario(), new BulkScenario(), new PacedScenario(), new PingPongScenario(), new LatencyScenario(),
        new IdleScenario(), new TlsScenario(), new StartScenario(), new ScaleScenario(),
        new CachedQuestionScenario(), new DeniedQuestionScenario(), new FloodScenario(),
    ];

    public void Run()
    {
        foreach (var unknown in options.Only.Where(name => All.All(scenario => scenario.Name != name)))
        {
            throw new CommandFailedException($"unknown scenario {unknown}; known are {string.Join(", ", All.Select(scenario => scenario.Name))}");
        }

        foreach (var scenario in All.Where(IsWanted))
        {
            for (var round = 0; round < Math.Min(options.Rounds, scenario.MostRounds); round++)
            {
                RunRound(scenario, round);
            }
        }
    }

    private bool IsWanted(Scenario scenario) => options.Only.Count > 0 ? options.Only.Contains(scenario.Name) : !options.IsQuick || scenario.IsQuick;

    private void RunRound(Scenario scenario, int round)
    {
        var turns = bench.Contenders.Where(scenario.TakesPart).ToArray<Contender?>();
        turns = [.. turns.Skip(round % turns.Length), .. turns.Take(round % turns.Length)];
        if (scenario.HasDirect && !options.IsQuick)
        {
            turns = [.. turns, null];
        }

        foreach (var contender in turns)
        {
            var name = contender?.Name ?? Direct;
            output.Write($"{scenario.Name,-10} {round + 1}  {name,-20}");
            foreach (var sample in Measure(scenario, contender))
            {
                samples.Add(sample, name, round);
                output.Write(FormattableString.Invariant($"  {sample.Metric.Key[(scenario.Name.Length + 1)..]} {Math.Round(sample.Value, sample.Metric.Digits)}"));
            }

            output.WriteLine();
            output.Flush();
        }
    }

    private IReadOnlyList<Sample> Measure(Scenario scenario, Contender? contender)
    {
        try
        {
            return [.. scenario.Measure(contender, bench)];
        }
        catch (CommandFailedException failure) when (contender is not (null or Appliance))
        {
            // That a peer cannot do it this time is no reason to measure nobody: the round goes on without its figure.
            output.Write($"  left out: {failure.Message}");
            return [];
        }
    }
}
