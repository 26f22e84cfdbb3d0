using System.Text.Json;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Judgement.Drawn;

/// <summary>What became of drawn flows: a comparison of flows that are all denied would agree with anything.</summary>
public sealed class DrawnCounts
{
    private const int Many = 50;

    private readonly Dictionary<string, int> counts = [];

    /// <param name="told">Its event; null for a flow over a limit that was counted with others.</param>
    /// <param name="flow">The flow.</param>
    public void Add(LoggedEvent? told, DrawnFlow flow)
    {
        var verdict = told?["verdict"] ?? "deny";
        Add(verdict, true);
        Add("through a proxy request", flow.IsProxied && verdict != "deny");
        Add("by a bundle", DrawnBundles.Names.Any(name => told?["rule"]?.StartsWith($"{name}/", StringComparison.Ordinal) == true));
        Add("over a limit", told is null || DrawnAnswer.IsOverLimit(told));
    }

    /// <summary>Of each verdict as many as there are policies; with many of them some of everything.</summary>
    public void MustHaveAll(int policies)
    {
        var told = JsonSerializer.Serialize(counts);
        TestContext.Current.TestOutputHelper?.WriteLine(told);
        Assert.All((string[])["allow", "deny", "audit"], verdict => Assert.True(counts.GetValueOrDefault(verdict) > policies, told));
        Assert.All(counts, count => Assert.True(count.Value > 0 || policies < Many, told));
    }

    private void Add(string word, bool isSo) => counts[word] = counts.GetValueOrDefault(word) + (isSo ? 1 : 0);
}
