using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SniProxy.Core.Policies;

/// <summary>
/// The language as a JSON Schema (draft 2020-12), for editors: every key that the reader knows, and no other. It is made from the reader's own
/// lists; what stands inside an entry, a name or a time is for the reader to say.
/// </summary>
public static class PolicySchema
{
    private static readonly Dictionary<string, Func<JsonObject>> OfDocument = new()
    {
        ["version"] = () => new JsonObject { ["description"] = "Of the language.", ["const"] = 1 },
        ["name"] = () => Text("The policy's name; the file's unless said.", 64),
        ["purpose"] = () => Text("For people: what it is for."),
        ["data"] = () => Text("For people: what data it is about."),
        ["owner"] = () => Text("For people: who answers for it."),
        ["reviewBy"] = () => Date("For people: when it is to be gone through again."),
        ["edition"] = () => Date("When a list of hosts was last gone through."),
        ["mode"] = () => OneOf("What is done with a denial.", Choices.Mode.Keys),
        ["default"] = () => OneOf("What becomes of what no rule matches.", Choices.Default.Keys),
        ["enabled"] = () => new JsonObject { ["description"] = "false passes the policy over.", ["type"] = "boolean" },
        ["rollout"] = () => Pattern("The share of sandboxes that are enforced; the rest run in shadow.", "^(100|[0-9]{1,2})%$"),
        ["use"] = () => List("Bundles whose rules come first, at priority 100.", Text("A bundle.")),
        ["rules"] = () => new JsonObject
        {
            ["description"] = "The first that matches decides.",
            ["type"] = "array",
            ["items"] = new JsonObject { ["oneOf"] = new JsonArray(Entry("An allow rule with one destination."), Rule()) },
        },
        ["ech"] = () => OneOf("What becomes of Encrypted ClientHello.", Choices.Ech.Keys),
        ["quic"] = () => OneOf("What becomes of QUIC.", Choices.Quic.Keys),
        ["dns"] = () => Mapping("How DNS is answered.", ["mode"], _ => OneOf("How names are answered.", Choices.DnsMode.Keys)),
        ["onRevoke"] = () => OneOf("What becomes of open flows that a change no longer allows.", Choices.OnRevoke.Keys),
    };

    private static readonly Dictionary<string, Func<JsonObject>> OfRule = new()
    {
        ["allow"] = () => List("Destinations to allow; without a port 80 and 443.", Entry("A destination.")),
        ["deny"] = () => List("Destinations to deny; without a port every port.", Entry("A destination.")),
        ["audit"] = () => List("Destinations to let through and record; without a port every port.", Entry("A destination.")),
        ["except"] = () => List("Taken out of the rule's list; without a port on every port.", Entry("A destination.")),
        ["label"] = () => Text("For people: what the rule is called.", 100),
        ["priority"] = () => Number("Lowest first; 100 unless said.", 0, 1_000_000),
        ["reason"] = () => Text("Told to whoever the rule decides about."),
        ["owner"] = () => Text("For people: who answers for it."),
        ["reviewBy"] = () => Date("For people: when it is to be gone through again."),
        ["source"] = () => Text("For people: where the rule's hosts are documented."),
        ["expires"] = () => new JsonObject { ["description"] = "From then on the rule no longer matches.", ["type"] = "string", ["format"] = "date-time" },
        ["protocol"] = () => OneOf("What connections must speak.", Choices.Protocol.Keys),
        ["resolvesTo"] = () => List("Private blocks that the rule's names may lead into.", Text("A block inside a private range.")),
        ["when"] = When,
        ["limits"] = Limits,
    };

    /// <summary>The schema, as it is published.</summary>
    public static string Write()
    {
        var schema = Mapping("A policy of SniProxy.", PolicyDocumentReader.Keys, key => OfDocument[key]());
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", "SniProxy policy");
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            schema.WriteTo(json);
        }

        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    private static JsonObject Rule()
    {
        var rule = Mapping("A rule.", RuleReader.Keys, key => OfRule[key]());
        rule["oneOf"] = new JsonArray([.. RuleReader.Decisions.Select(word => new JsonObject { ["required"] = new JsonArray(word) })]);
        return rule;
    }

    private static JsonObject When()
    {
        var when = Mapping("The rule holds only where all of this does.", WhenReader.Keys, key => key switch
        {
            "labels" => new JsonObject
            {
                ["description"] = "Labels that the sandbox has.", ["type"] = "object", ["minProperties"] = 1, ["additionalProperties"] = Text("The label's value."),
            },
            "signal" => Text("A signal that was given for the sandbox.", 64),
            _ => Pattern("How long ago at most.", TimeText.Pattern),
        });
        when["dependentRequired"] = new JsonObject { ["signal"] = new JsonArray("within"), ["within"] = new JsonArray("signal") };
        return when;
    }

    private static JsonObject Limits() => Mapping("How much the rule lets pass, for each sandbox.", LimitsReader.Keys, key => key switch
    {
        "upload" => Pattern("What clients may send in a time, such as 20MB/1h.", LimitsReader.UploadPattern),
        "connections" => Number("Open at once.", 1, LimitsReader.MaxConnections),
        _ => Number("That may begin in a second.", 1, LimitsReader.MaxConnections),
    });

    private static JsonObject Mapping(string description, IReadOnlyList<string> keys, Func<string, JsonObject> of)
    {
        var properties = new JsonObject();
        foreach (var key in keys)
        {
            properties[key] = of(key);
        }

        // An empty document denies everything; inside one, what is empty was forgotten.
        var mapping = new JsonObject { ["description"] = description, ["type"] = "object", ["additionalProperties"] = false, ["properties"] = properties };
        if (keys != PolicyDocumentReader.Keys)
        {
            mapping["minProperties"] = 1;
        }

        return mapping;
    }

    // One item may stand without its list.
    private static JsonObject List(string description, JsonObject item) => new()
    {
        ["description"] = description,
        ["oneOf"] = new JsonArray(item.DeepClone(), new JsonObject { ["type"] = "array", ["minItems"] = 1, ["items"] = item }),
    };

    private static JsonObject Entry(string description) => new() { ["description"] = description, ["type"] = "string", ["minLength"] = 1 };

    private static JsonObject Text(string description, int maxLength = 500) => new()
    {
        ["description"] = description, ["type"] = "string", ["minLength"] = 1, ["maxLength"] = maxLength,
    };

    private static JsonObject Date(string description) => new() { ["description"] = description, ["type"] = "string", ["format"] = "date" };

    private static JsonObject Pattern(string description, string pattern) => new() { ["description"] = description, ["type"] = "string", ["pattern"] = pattern };

    private static JsonObject Number(string description, int min, int max) => new()
    {
        ["description"] = description, ["type"] = "integer", ["minimum"] = min, ["maximum"] = max,
    };

    private static JsonObject OneOf(string description, IEnumerable<string> words) => new()
    {
        ["description"] = description, ["enum"] = new JsonArray([.. words.Select(word => JsonValue.Create(word))]),
    };
}
