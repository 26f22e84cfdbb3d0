using System.Text.Json.Nodes;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Policies;

namespace SniProxy.Tests.Policies.Plain;

/// <summary>A policy as somebody writes it; JSON is YAML as well.</summary>
internal sealed record WrittenPolicy
{
    public required string Name { get; init; }

    public Mode Mode { get; init; }

    public Decision Default { get; init; }

    public bool IsEnabled { get; init; } = true;

    public int Rollout { get; init; } = 100;

    public string Ech { get; init; } = "strip";

    public string Quic { get; init; } = "block";

    public string OnRevoke { get; init; } = "reset";

    public string? DnsMode { get; init; }

    /// <summary>The bundles that it uses, by name, in the order of writing.</summary>
    public (string Name, WrittenRule[] Rules)[] Bundles { get; init; } = [];

    public WrittenRule[] Rules { get; init; } = [];

    /// <summary>In the order of the walk, each with the name that verdicts tell: by priority, bundles first, then by place.</summary>
    public IReadOnlyList<(string Name, WrittenRule Rule)> InOrder { get; private set; } = [];

    /// <summary>Read and compiled as any other.</summary>
    public Policy Compile(DateTimeOffset now)
    {
        InOrder =
        [
            .. Bundles.SelectMany(bundle => bundle.Rules.Select((rule, i) => (Name: $"{bundle.Name}/{NameOf(rule, i)}", Rule: rule)))
                .Concat(Rules.Select((rule, i) => (Name: NameOf(rule, i), Rule: rule))).OrderBy(one => one.Rule.Priority),
        ];
        var text = ToJson().ToJsonString();
        var bundles = new BundleShelf("drawn", [.. Bundles.Select(bundle => bundle.Name)], ReadBundle);
        var reading = PolicyYaml.Read(text, "drawn.yaml", Name, bundles);
        Assert.True(reading.Errors.Count == 0 && reading.Document is not null, $"{string.Join('\n', reading.Errors)}\n{text}");
        return PolicyCompiler.Compile(reading.Document, revision: 1, now);
    }

    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["version"] = 1, ["name"] = Name, ["mode"] = Mode.Identifier(), ["default"] = Default.Identifier(), ["enabled"] = IsEnabled, ["rollout"] = $"{Rollout}%",
            ["ech"] = Ech, ["quic"] = Quic, ["onRevoke"] = OnRevoke, ["rules"] = new JsonArray([.. Rules.Select(rule => rule.ToJson())]),
        };
        if (Bundles.Length > 0)
        {
            json["use"] = new JsonArray([.. Bundles.Select(bundle => (JsonNode?)bundle.Name)]);
        }

        if (DnsMode is not null)
        {
            json["dns"] = new JsonObject { ["mode"] = DnsMode };
        }

        return json;
    }

    private static string NameOf(WrittenRule rule, int index) => $"{index + 1}{(rule.Label is null ? "" : $" ({rule.Label})")}";

    private PolicyReading ReadBundle(string name)
    {
        var rules = Bundles.First(bundle => bundle.Name == name).Rules;
        var json = new JsonObject
        {
            ["version"] = 1, ["name"] = name, ["purpose"] = "drawn", ["owner"] = "test", ["edition"] = "2026-11-26",
            ["rules"] = new JsonArray([.. rules.Select(rule => new JsonObject
            {
                ["allow"] = new JsonArray([.. rule.Scope.Select(entry => (JsonNode?)entry.Text)]), ["label"] = rule.Label, ["source"] = "https://docs.example/",
            })]),
        };
        return PolicyYaml.ReadBundle(System.Text.Encoding.UTF8.GetBytes(json.ToJsonString()), "bundle.yaml", name);
    }
}
