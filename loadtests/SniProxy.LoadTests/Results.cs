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

    /// <summary>Each round's ratio to tuned HAProxy in the same round.</summary>
    public Spread Ratio(Metric metric, string name)
    {
        var tuned = samples.Of(metric, Haproxy.Tuned);
        return Spread.Of(samples.Of(metric, name).Where(round => tuned.TryGetValue(round.Key, out var value) && value > 0).Select(round => round.Value / tuned[round.Key]));
    }
}
