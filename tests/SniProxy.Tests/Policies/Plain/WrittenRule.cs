using System.Net;
using System.Text.Json.Nodes;

namespace SniProxy.Tests.Policies.Plain;

/// <summary>A rule as somebody writes it.</summary>
internal sealed record WrittenRule
{
    /// <summary>allow, deny or audit.</summary>
    public required string Decision { get; init; }

    public required WrittenEntry[] Scope { get; init; }

    public WrittenEntry[] Except { get; init; } = [];

    public string? Protocol { get; init; }

    public int Priority { get; init; } = 100;

    public string? Label { get; init; }

    public DateTimeOffset? Expires { get; init; }

    public Dictionary<string, string> Labels { get; init; } = [];

    public string? Signal { get; init; }

    /// <summary>In seconds.</summary>
    public int Within { get; init; }

    public IPNetwork[] ResolvesTo { get; init; } = [];

    /// <summary>They are charged where connections are, and change no verdict of a rule.</summary>
    public string? Limits { get; init; }

    /// <summary>It holds for this sandbox now.</summary>
    public bool Holds(WrittenSandbox sandbox, DateTimeOffset now) =>
        !(Expires <= now)
        && Labels.All(label => sandbox.Labels.TryGetValue(label.Key, out var value) && value == label.Value)
        && (Signal is null || (sandbox.SignalAges.TryGetValue(Signal, out var age) && age < TimeSpan.FromSeconds(Within)));

    public JsonObject ToJson()
    {
        var json = new JsonObject { [Decision] = ListOf(Scope.Select(entry => entry.Text)), ["priority"] = Priority };
        if (Except.Length > 0)
        {
            json["except"] = ListOf(Except.Select(entry => entry.Text));
        }

        if (ResolvesTo.Length > 0)
        {
            json["resolvesTo"] = ListOf(ResolvesTo.Select(block => $"{block}"));
        }

        if (Labels.Count > 0 || Signal is not null)
        {
            json["when"] = When();
        }

        Add(json, "protocol", Protocol);
        Add(json, "label", Label);
        Add(json, "expires", Expires?.ToString("yyyy-MM-dd'T'HH:mm:ssK", System.Globalization.CultureInfo.InvariantCulture));
        if (Limits is not null)
        {
            json["limits"] = JsonNode.Parse(Limits);
        }

        return json;
    }

    private JsonObject When()
    {
        var when = new JsonObject();
        if (Labels.Count > 0)
        {
            when["labels"] = new JsonObject(Labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value)));
        }

        if (Signal is not null)
        {
            when["signal"] = Signal;
            when["within"] = $"{Within}s";
        }

        return when;
    }

    private static JsonArray ListOf(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode?)text)];

    private static void Add(JsonObject json, string key, string? value)
    {
        if (value is not null)
        {
            json[key] = value;
        }
    }
}
