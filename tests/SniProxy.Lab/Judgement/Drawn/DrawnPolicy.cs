using System.Globalization;
using System.Text.Json.Nodes;

namespace SniProxy.Lab.Judgement.Drawn;

/// <summary>Policies with all that the language has, about the hosts of <see cref="DrawnGround"/>.</summary>
public sealed class DrawnPolicy(Random random)
{
    private static readonly string[] Patterns =
    [
        .. DrawnGround.Names.Keys, "*.x.pol.example", "**.x.pol.example", ".x.pol.example", "*.pol.example", "**.pol.example", "api-*.pol.example",
        "*-a.pol.example", "a.*.pol.example", "a.*.x.pol.example", "*.b.*.pol.example", "other.example",
    ];

    private static readonly string[] Blocks =
    [
        "203.0.113.200", "203.0.113.201", "203.0.113.202", "203.0.113.200/30", "203.0.113.0/24", "0.0.0.0/0", "10.0.0.50", "10.0.0.0/8", "2001:db8::200",
        "2001:db8::201", "2001:db8::200/126", "2001:db8::/32", "::/0", "fd10::50", "fc00::/7", "169.254.169.254",
    ];

    private static readonly string[] Schemes = ["https", "tls", "http", "ssh", "postgres", "mysql", "redis", "tcp"];
    private static readonly string[] Protocols = ["tls", "http", "ssh", "postgres", "mysql", "redis", "tcp"];
    private static readonly string[] Ports = ["80", "443", "22", "8443", "*", "1-1000", "80,443", "5432", "3306,6379", "1001-65535"];

    public string Document()
    {
        var document = new JsonObject
        {
            ["version"] = 1,
            ["mode"] = Pick("enforce", "enforce", "enforce", "shadow", "observe"),
            ["default"] = Pick("deny", "deny", "allow", "audit"),
            ["rollout"] = Pick("100%", "100%", "100%", "0%", "50%"),
            ["ech"] = Pick("strip", "deny", "allow"),
            ["onRevoke"] = Pick("reset", "keep"),
        };
        Add(document, "use", 3, () => new JsonArray([.. DrawnBundles.Names.Skip(random.Next(DrawnBundles.Names.Count)).Select(name => (JsonNode)name)]));
        document["rules"] = new JsonArray([.. Enumerable.Range(0, random.Next(1, 9)).Select(_ => Rule())]);
        return document.ToJsonString();
    }

    /// <summary>What a grant opens.</summary>
    public JsonArray Granted() => Entries(random.Next(1, 3), isAllow: true, withSchemes: true);

    private JsonObject Rule()
    {
        var decision = Pick("allow", "allow", "allow", "deny", "audit");
        var isAllow = decision == "allow";
        var hasProtocol = random.Next(6) == 0;
        var rule = new JsonObject { [decision] = Entries(random.Next(1, 5), isAllow, !hasProtocol) };
        Add(rule, "except", 3, () => Entries(random.Next(1, 3), isAllow: false, withSchemes: true));
        Add(rule, "priority", 4, () => random.Next(3) * 100);
        Add(rule, "label", 3, () => $"rule {random.Next(100)}");
        Add(rule, "reason", 4, () => "drawn");
        Add(rule, "expires", 8, () => Pick("2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"));
        Add(rule, "when", 4, When);
        if (hasProtocol)
        {
            rule["protocol"] = Pick(Protocols);
        }

        if (isAllow)
        {
            Add(rule, "resolvesTo", 4, () => new JsonArray(Pick("10.0.0.0/8", "10.0.0.50/32"), Pick("fc00::/7", "fd10::50/128")));
            Add(rule, "limits", 3, () => random.Next(2) == 0 ? new JsonObject { [Pick("connections", "newConnectionsPerSecond")] = 1 } : new JsonObject { ["upload"] = "1GB/1h", ["connections"] = 10_000 });
        }

        return rule;
    }

    private JsonObject When()
    {
        var when = new JsonObject();
        if (random.Next(2) == 0)
        {
            when["labels"] = new JsonObject { ["team"] = Pick("lab", "lab", "another") };
        }

        if (when.Count == 0 || random.Next(3) == 0)
        {
            when["signal"] = Pick("given", "never-given");
            when["within"] = "10m";
        }

        return when;
    }

    private JsonArray Entries(int count, bool isAllow, bool withSchemes) => new([.. Enumerable.Range(0, count).Select(_ => (JsonNode)Entry(isAllow, withSchemes))]);

    private string Entry(bool isAllow, bool withSchemes)
    {
        var scheme = withSchemes && random.Next(4) == 0 ? Pick(Schemes) : null;
        var ports = (scheme == "tcp" && isAllow) || random.Next(3) == 0 ? Pick(Ports) : null;
        var host = random.Next(14) == 0 ? "any" : random.Next(3) == 0 ? Pick(Blocks) : Pick(Patterns);
        var slash = host.IndexOf('/', StringComparison.Ordinal);
        var bracketed = !host.Contains(':') || ports is null ? host : slash < 0 ? $"[{host}]" : $"[{host[..slash]}]{host[slash..]}";
        return string.Create(CultureInfo.InvariantCulture, $"{(scheme is null ? "" : scheme + "://")}{bracketed}{(ports is null ? "" : ":" + ports)}");
    }

    private void Add(JsonObject place, string key, int oneIn, Func<JsonNode> value)
    {
        if (random.Next(oneIn) == 0)
        {
            place[key] = value();
        }
    }

    private string Pick(params string[] items) => items[random.Next(items.Length)];
}
