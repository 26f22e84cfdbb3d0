using System.Text.Json;
using System.Text.Json.Nodes;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Product;

/// <summary>
/// What an appliance is started with. Two settings with the same content are the same, so that tests which share a policy share a process.
/// </summary>
public sealed class ApplianceSettings : IEquatable<ApplianceSettings>
{
    public const string RedirectListener = "redirect";
    public const string TProxyListener = "tproxy";
    public const string PolicyName = "lab";
    public const string ApiAuthority = "127.0.0.1:9443";
    public const string MetricsAuthority = "127.0.0.1:9090";
    public const string SandboxId = "sbx";
    public const string SecondSandboxId = "sbx2";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly Dictionary<string, string> _documents;
    private readonly JsonObject _section = Defaults();

    private ApplianceSettings(Dictionary<string, string> documents) => _documents = documents;

    /// <summary>Policy documents in YAML by name.</summary>
    public IReadOnlyDictionary<string, string> Documents => _documents;

    /// <summary>A command that the program is started by, such as prlimit; it must replace itself by the program.</summary>
    public IReadOnlyList<string> Launcher { get; private init; } = [];

    /// <summary>The whole appsettings.json.</summary>
    public string Json => new JsonObject { ["SniProxy"] = _section.DeepClone() }.ToJsonString(Indented);

    /// <summary>Both sandboxes are judged by this one policy document.</summary>
    public static ApplianceSettings With(string policy) => new(new Dictionary<string, string> { [PolicyName] = policy });

    /// <summary>A further policy document, for tests that change a sandbox's policy.</summary>
    public ApplianceSettings And(string name, string policy)
    {
        var copy = Copy();
        copy._documents[name] = policy;
        return copy;
    }

    /// <summary>Another value in the section SniProxy, by its path: <c>Set("Dns:Mode", "Synthetic")</c>.</summary>
    public ApplianceSettings Set(string path, JsonNode? value)
    {
        var copy = Copy();
        var parts = path.Split(':');
        var place = copy._section;
        foreach (var part in parts[..^1])
        {
            if (place[part] is not JsonObject inner)
            {
                place[part] = inner = [];
            }

            place = inner;
        }

        place[parts[^1]] = value?.DeepClone();
        return copy;
    }

    /// <summary>Started by another command, which ends up as the program itself: <c>Under("prlimit", "--nofile=256:256")</c>.</summary>
    public ApplianceSettings Under(params string[] launcher) => Copy(launcher);

    public bool Equals(ApplianceSettings? other) =>
        other is not null && Json == other.Json && Launcher.SequenceEqual(other.Launcher) && _documents.Count == other._documents.Count
        && _documents.All(p => other._documents.TryGetValue(p.Key, out var text) && text == p.Value);

    public override bool Equals(object? obj) => Equals(obj as ApplianceSettings);

    public override int GetHashCode() => Json.GetHashCode(StringComparison.Ordinal);

    private static JsonObject Defaults() => new()
    {
        ["DataFolder"] = "data",
        ["Proxy"] = new JsonObject
        {
            ["Transport"] = Environment.GetEnvironmentVariable("SNIPROXY_TRANSPORT") is { Length: > 0 } transport ? transport : "Loops",
            ["Listeners"] = new JsonArray(
                Listener(RedirectListener, "Redirect", "[::]:8443"),
                Listener(TProxyListener, "TProxy", "[::]:8444"),
                Listener("explicit", "Explicit", $"{Places.Gateway.V4}:{Route.ProxyPort}"),
                Listener("explicit6", "Explicit", $"[{Places.Gateway.V6}]:{Route.ProxyPort}")),
        },
        ["Dns"] = new JsonObject { ["Endpoint"] = "[::]:1053", ["Upstreams"] = new JsonArray(Places.Resolver.V4.ToString()) },
        ["Api"] = new JsonObject { ["Endpoint"] = ApiAuthority, ["Metrics"] = MetricsAuthority },
        ["Policies"] = new JsonObject { ["Folder"] = "policies", ["Default"] = PolicyName, ["Unknown"] = "deny-all" },
        ["Sandboxes"] = new JsonArray(
            Sandbox(SandboxId, Places.Sandbox, Topology.SandboxInterface), Sandbox(SecondSandboxId, Places.SecondSandbox, Topology.SecondSandboxInterface)),
        ["Events"] = new JsonObject { ["JsonLines"] = "events.jsonl" },
    };

    private static JsonObject Listener(string name, string kind, string endpoint) => new() { ["Name"] = name, ["Kind"] = kind, ["Endpoint"] = endpoint };

    private static JsonObject Sandbox(string id, Place place, string device) => new()
    {
        ["Id"] = id,
        ["Addresses"] = new JsonArray(place.V4.ToString(), place.V6.ToString()),
        ["Interface"] = device,
        ["Policy"] = PolicyName,
        ["Labels"] = new JsonObject { ["service"] = id, ["team"] = "lab" },
    };

    private ApplianceSettings Copy(IReadOnlyList<string>? launcher = null)
    {
        var copy = new ApplianceSettings(new Dictionary<string, string>(_documents)) { Launcher = launcher ?? Launcher };
        copy._section.Clear();
        foreach (var (key, value) in _section)
        {
            copy._section[key] = value?.DeepClone();
        }

        return copy;
    }
}
