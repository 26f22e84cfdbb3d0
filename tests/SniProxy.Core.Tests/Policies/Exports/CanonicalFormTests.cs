using System.Collections;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Core.Policies.Exports;

namespace SniProxy.Core.Tests.Policies.Exports;

/// <summary>What is written in canonical form is the same policy, and written again the same text.</summary>
public sealed class CanonicalFormTests
{
    private const string Everything = """
        {
          "version": 1, "name": "all", "purpose": "p", "data": "d", "owner": "o", "reviewBy": "2027-01-31", "edition": "2027-01-01", "mode": "shadow", "default": "audit", "enabled": false,
          "rollout": "10%", "ech": "deny", "quic": "sni", "dns": { "mode": "forward" }, "onRevoke": "keep", "use": ["b"],
          "rules": [
            "Example.COM.",
            { "allow": ["*.x.example:8443", "[2001:db8::7]:443", "tcp://[2001:db8::/32]:5432", "redshift://db.example"], "except": ["a.x.example:*", "10.0.0.0/8"], "label": "l", "priority": 7,
              "reason": "r \"quoted\" \\ back", "owner": "ro", "source": "https://docs.example/", "reviewBy": "2027-02-01", "expires": "2027-03-31T01:02:03.5+02:00", "resolvesTo": ["10.1.0.0/16"],
              "when": { "labels": { "phase": "build", "a": "true" }, "signal": "read", "within": "90m" }, "limits": { "upload": "20MB/1h", "connections": 50, "newConnectionsPerSecond": 3 } },
            { "audit": ["any", "any:25"], "protocol": "http" },
            { "deny": ["10.0.0.0/8", "tcp://host.example", "quic://host.example"], "limits": null }
          ]
        }
        """;

    [Fact]
    public void EveryKeySurvives()
    {
        var before = Read(JsonNodes.Parse(Everything.Replace(", \"limits\": null", string.Empty, StringComparison.Ordinal)));
        var after = Read(PolicyDocumentWriter.Write(before));
        Assert.Equal(Shown(before), Shown(after));

        // Each key of the language is in the sample, or it could be forgotten unseen.
        var text = NodeText.Of(PolicyDocumentWriter.Write(before));
        Assert.All(PolicyDocumentReader.Keys.Concat(RuleReader.Keys).Concat(WhenReader.Keys).Concat(LimitsReader.Keys), key => Assert.Contains($"{key}: ", text, StringComparison.Ordinal));
    }

    [Fact]
    public void RandomPoliciesSurviveAndAreWrittenOnce()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            // A rule's protocol may contradict its entries there, which no reader lets pass.
            var random = new RandomPolicies(seed).Document();
            var document = random with { Bundles = [], Rules = [.. random.Rules.Select(rule => rule with { Protocol = EntryScheme.Plain })] };
            var written = PolicyDocumentWriter.Write(document);
            var again = Read(written);
            Assert.Equal(Shown(document), Shown(again));
            Assert.Equal(NodeText.Of(written), NodeText.Of(PolicyDocumentWriter.Write(again)));
        }
    }

    [Theory]
    [InlineData("Example.COM.", true, "example.com")]
    [InlineData("example.com:80,443", true, "example.com")]
    [InlineData("example.com:443,80", false, "example.com:80,443")]
    [InlineData("example.com:*", true, "example.com:*")]
    [InlineData("example.com:*", false, "example.com")]
    [InlineData("tls://example.com:443", true, "https://example.com")]
    [InlineData("HTTPS://example.com:8443", true, "https://example.com:8443")]
    [InlineData("redshift://example.com", true, "postgres://example.com:5439")]
    [InlineData("tcp://example.com:80,443", true, "tcp://example.com:80,443")]
    [InlineData("tcp://example.com", false, "tcp://example.com")]
    [InlineData("bücher.example", true, "xn--bcher-kva.example")]
    [InlineData("2001:DB8:0::7", true, "2001:db8::7")]
    [InlineData("2001:db8::/32:443", true, "[2001:db8::/32]:443")]
    [InlineData("::ffff:203.0.113.7", true, "203.0.113.7")]
    [InlineData("any:25", true, "any:25")]
    public void AnEntryHasOneSpelling(string text, bool isAllow, string canonical)
    {
        Assert.True(EntryReader.TryRead(text, isAllow, out var entry, out _));
        Assert.Equal(canonical, EntryText.Of(entry, isAllow));
    }

    private static PolicyDocument Read(DocumentNode root)
    {
        var bundles = new BundleShelf("here", ["b"], name => new PolicyReading(new PolicyDocument { Name = name }, []));
        var reading = PolicyDocumentReader.Read(root, "p", "p", bundles);
        Assert.Empty(reading.Errors);
        Assert.NotNull(reading.Document);
        return reading.Document;
    }

    // Everything that a document says, but for places and spellings.
    private static string Shown(object? value) => value switch
    {
        null => "-",
        PolicyEntry entry => $"{entry.Kind} {entry.Pattern} {(entry.Kind == EntryKind.Address ? entry.Block : default)} {entry.Scheme}",
        DateTimeOffset moment => moment.UtcDateTime.ToString("O"),
        string or ValueType when value is not IEnumerable => $"{value}",
        string text => text,
        IReadOnlyDictionary<string, string> labels => string.Join(' ', labels.OrderBy(label => label.Key).Select(label => $"{label.Key}={label.Value}")),
        RuleDocument rule => $"{Properties(rule)} {string.Join(' ', rule.Scope.Select(entry => Ports(entry, rule.Decision == Decision.Allow)))} / {string.Join(' ', rule.Except.Select(entry => Ports(entry, isAllow: false)))}",
        IEnumerable items => string.Join('\n', items.Cast<object>().Select(Shown)),
        _ => Properties(value),
    };

    private static string Ports(PolicyEntry entry, bool isAllow) => new RuleEntry(entry, isAllow ? Decision.Allow : Decision.Deny).Ports.ToString();

    private static string Properties(object value) => string.Join('\n', value.GetType().GetProperties()
        .Where(property => property.GetIndexParameters().Length == 0 && property.GetMethod is { IsStatic: false } && property.Name is not ("Line" or "Column" or "EqualityContract" or "Text"))
        .Select(property => $"{property.Name}: {Shown(property.GetValue(value))}"));
}
