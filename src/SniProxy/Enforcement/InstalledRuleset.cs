using System.Text.Json;

namespace SniProxy.Enforcement;

/// <summary>What stands in the kernel under the table's name, as far as it can be compared with what was written.</summary>
internal sealed class InstalledRuleset
{
    private readonly Dictionary<string, List<string>> comments = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> policies = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Interfaces { get; private set; } = [];

    public Interception Interception => comments.ContainsKey(RulesetChains.UntrackedChain) ? Interception.TProxy : Interception.Redirect;

    /// <summary>Questions that were dropped since the rules were applied, because their source asked too often.</summary>
    public long DroppedQuestions { get; private set; }

    /// <summary>Kernel settings as they were before the rules.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> FormerSettings =>
        [.. CommentsOf(RulesetChains.FormerChain).Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2)
            .Select(pair => KeyValuePair.Create(pair[0], pair[1]))];

    /// <summary>Reads what <c>nft --json list table</c> printed.</summary>
    public static InstalledRuleset Parse(string json)
    {
        var installed = new InstalledRuleset();
        using var document = JsonDocument.Parse(json);
        foreach (var entry in document.RootElement.GetProperty("nftables").EnumerateArray())
        {
            installed.Take(entry);
        }

        return installed;
    }

    /// <summary>What differs from the rules that these options write; empty when all of them stand in order.</summary>
    public IEnumerable<string> Differences(RulesetOptions options)
    {
        if (Interfaces.Count == 0)
        {
            yield return "no interface is in the table: every rule lets everything pass";
        }

        foreach (var one in options.Interfaces.Where(one => !Interfaces.Contains(one.Name, StringComparer.Ordinal)))
        {
            yield return $"interface {one.Name} is not in the table";
        }

        foreach (var chain in RulesetChains.Of(options).Where(chain => chain.Name != RulesetChains.FormerChain))
        {
            if (!comments.ContainsKey(chain.Name))
            {
                yield return $"chain {chain.Name} is missing";
            }
            else if (!chain.Comments.SequenceEqual(CommentsOf(chain.Name), StringComparer.Ordinal))
            {
                yield return $"chain {chain.Name} holds other rules";
            }
            else if (policies.GetValueOrDefault(chain.Name) != chain.Policy)
            {
                yield return $"chain {chain.Name} does not end in {chain.Policy}";
            }
        }
    }

    private List<string> CommentsOf(string chain) => comments.GetValueOrDefault(chain) ?? [];

    private void Take(JsonElement entry)
    {
        if (entry.TryGetProperty("chain", out var chain))
        {
            var name = Text(chain, "name");
            comments.TryAdd(name, []);
            policies[name] = Text(chain, "policy");
        }
        else if (entry.TryGetProperty("rule", out var rule))
        {
            var name = Text(rule, "chain");
            comments.TryAdd(name, []);
            comments[name].Add(Text(rule, "comment"));
            DroppedQuestions += AskerLimit.Wrote(comments[name][^1]) ? CountedBy(rule) : 0;
        }
        else if (entry.TryGetProperty("set", out var set) && Text(set, "name") == RulesetChains.InterfaceSet && set.TryGetProperty("elem", out var elements))
        {
            Interfaces = [.. elements.EnumerateArray().Where(element => element.ValueKind == JsonValueKind.String).Select(element => $"{element.GetString()}")];
        }
    }

    private static long CountedBy(JsonElement rule) => !rule.TryGetProperty("expr", out var statements)
        ? 0
        : statements.EnumerateArray().Sum(statement => statement.TryGetProperty("counter", out var counter) ? counter.GetProperty("packets").GetInt64() : 0);

    private static string Text(JsonElement element, string property) =>
        element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? $"{value.GetString()}" : "";
}
