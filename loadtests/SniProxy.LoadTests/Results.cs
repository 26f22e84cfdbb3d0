using SniProxy.LoadTests.Contenders;

namespace SniProxy.LoadTests;

/// <summary>What the samples say.</summary>
internal sealed class Results(Samples samples, IReadOnlyList<Contender> contenders, LoadOptions options)
{
    public LoadOptions Options => options;

    /// <summary>Contenders, ours first, and at last no proxy at all.</summary>
    public IReadOnlyList<string> Names { get; } = [.. contenders.Select(contender => contender.Name), Rounds.Direct];

    public IReadOnlyList<string> Ours { get; } = [.. contenders.OfType<Appliance>().Select(contender => contender.Name)];

    public bool Has(Metric metric) => Names.Any(name => Of(metric, name).Count > 0);

    public Spread Of(Metric metric, string name) => Spread.Of(samples.Of(metric, name).Values);

    /// <summary>Each round's ratio to a peer in the same round.</summary>
    public Spread Ratio(Metric metric, string name, string yardstick)
    {
        var peer = samples.Of(metric, yardstick);
        return Spread.Of(samples.Of(metric, name).Where(round => peer.TryGetValue(round.Key, out var value) && value > 0).Select(round => round.Value / peer[round.Key]));
    }

    /// <summary>The same to each of the metric's yardsticks that took part.</summary>
    public IReadOnlyList<(string Yardstick, Spread Ratio)> Ratios(Metric metric, string name) =>
        [.. metric.Yardsticks.Select(yardstick => (yardstick, Ratio(metric, name, yardstick))).Where(one => one.Item2.Count > 0)];
}
