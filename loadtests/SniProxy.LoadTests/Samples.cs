namespace SniProxy.LoadTests;

/// <summary>What was measured, by metric and contender, in the order of the rounds.</summary>
internal sealed class Samples
{
    private readonly Dictionary<(Metric Metric, string Contender), SortedDictionary<int, double>> values = [];

    public void Add(Sample sample, string contender, int round)
    {
        if (!values.TryGetValue((sample.Metric, contender), out var rounds))
        {
            values[(sample.Metric, contender)] = rounds = [];
        }

        rounds[round] = sample.Value;
    }

    public IReadOnlyDictionary<int, double> Of(Metric metric, string contender) =>
        values.TryGetValue((metric, contender), out var rounds) ? rounds : new SortedDictionary<int, double>();
}
