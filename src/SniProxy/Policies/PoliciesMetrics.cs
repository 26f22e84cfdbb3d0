using System.Diagnostics.Metrics;

namespace SniProxy.Policies;

internal sealed class PoliciesMetrics : IDisposable
{
    private readonly Meter meter = new("SniProxy.Policies");
    private readonly Counter<long> reloads;

    public PoliciesMetrics(PolicyBook book)
    {
        reloads = meter.CreateCounter<long>(
            "sniproxy_policy_reloads_total",
            description: "Times the policies were read, by result: good, or broken where at least one document was.");
        meter.CreateObservableGauge(
            "sniproxy_policy_revision", () => book.Revision, description: "Revision of the policies in force; grows with every change.");
        meter.CreateObservableGauge("sniproxy_grants", () => book.Grants?.All.Count ?? 0, description: "Grants in force now.");
        meter.CreateObservableGauge("sniproxy_strict", () => Strict(book), description: "1 where strict mode is on, by scope.");
    }

    /// <summary>Counts a reading. The other result is told too: a series that begins with 1 shows no increase to whoever watches for one.</summary>
    public void Reloaded(bool allGood)
    {
        reloads.Add(allGood ? 1 : 0, new KeyValuePair<string, object?>("result", "good"));
        reloads.Add(allGood ? 0 : 1, new KeyValuePair<string, object?>("result", "broken"));
    }

    public void Dispose() => meter.Dispose();

    private static IEnumerable<Measurement<int>> Strict(PolicyBook book)
    {
        yield return new Measurement<int>(book.Strict.On ? 1 : 0, new KeyValuePair<string, object?>("scope", "global"));
        foreach (var policy in book.Strict.Policies)
        {
            yield return new Measurement<int>(1, new KeyValuePair<string, object?>("scope", policy));
        }
    }
}
