using SniProxy.Core.Addresses;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;
using SniProxy.Core.Policies.Lint;
using SniProxy.Policies;
using SniProxy.Tests.House;

namespace SniProxy.Tests.Policies.Lint;

/// <summary>What lint finds, by the lists that come with the program: each finding with its place, what it is, and what to write instead.</summary>
public sealed class LintTests
{
    private static readonly DateTimeOffset Now = new(2027, 2, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly BundleShelf Bundles = BundleFolder.Open(Path.Combine(SourceTree.Root, "deploy/bundles"));

    // Names that resolve, and to what; what is in no line is gone.
    private static readonly Dictionary<string, string[]> Zone = new()
    {
        ["moved.corp.example"] = ["198.51.100.9"],
        ["kept.corp.example"] = ["203.0.113.7", "2001:db8::7"],
        ["inside.corp.example"] = ["10.2.0.1"],
        ["there.corp.example"] = ["203.0.113.8"],
    };

    public static TheoryData<string> Samples => [.. Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "deploy"), "*.yaml", SearchOption.AllDirectories)
        .Where(file => Path.GetFileName(Path.GetDirectoryName(file)) is "policies" or "bundles").Select(file => Path.GetRelativePath(SourceTree.Root, file)).Order(StringComparer.Ordinal)];

    // Lint, place, path, what, fix; and the rules.
    public static TheoryData<string, string, string, string, string, string> Findings => new()
    {
        // Rules that never decide.
        { "unreachable", "3:5", "rules[1]", "rule 2 never decides: rule 1 matches all of it first", "take it out", "rules:\n  - a.example\n  - a.example" },
        { "unreachable", "3:5", "rules[1]", "rule 2 never decides: rule 1 (all) matches all of it first", "take it out", "rules:\n  - { allow: [\"**.x.example\"], label: all }\n  - a.b.x.example" },
        { "unreachable", "4:5", "rules[2]", "rules 1, 2 match", "take it out", "rules:\n  - a.example\n  - b.example\n  - allow: [b.example, a.example]" },
        { "unreachable", "3:24", "rules[1].allow[1]", "\"a.example\" never decides in rule 2: rule 1 matches", "take it out", "rules:\n  - a.example\n  - allow: [b.example, a.example]" },
        { "unreachable", "3:5", "rules[1]", "decides otherwise", "move it before rule 1, or take one of them out", "rules:\n  - deny: \"*.x.example\"\n  - a.x.example" },
        { "unreachable", "3:11", "rules[1].deny", "is denied only where rule 1 does not let it pass first", "move it before rule 1", "rules:\n  - \"**.x.example\"\n  - deny: evil.x.example" },
        { "unreachable", "3:12", "rules[1].deny[0]", "is denied only where rule 1 does not let it pass first", "move it before rule 1", "rules:\n  - { allow: [10.0.0.0/8], owner: a, reviewBy: 2028-01-01 }\n  - deny: [10.1.0.0/16]" },
        { "unreachable", "2:5", "rules[0]", "rule 1 never decides: rule 2 matches", "move it before rule 2", "rules:\n  - a.example\n  - { deny: a.example, priority: 1 }" },
        { "unreachable", "3:5", "rules[0]", "rule pypi/1 (index) matches all of it first and decides otherwise", "a \"priority\" below 100", "use: [pypi]\nrules:\n  - deny: [\"https://pypi.org\"]" },
        { "unreachable", "3:5", "rules[1]", "rule 1 matches all of it first", "take it out", "rules:\n  - deny: 203.0.113.0/24\n  - deny: [203.0.113.7, \"203.0.113.128/25:443\"]" },

        // Addresses that nobody looks after.
        { "address-owner", "2:5", "rules[0]", "\"203.0.113.7\" pass by its address and has no owner and no reviewBy or expires", "\"owner: TEAM\" and \"reviewBy: YYYY-MM-DD\"", "rules:\n  - 203.0.113.7" },
        { "address-owner", "2:5", "rules[0]", "has no owner", "write \"owner: TEAM\"", "rules:\n  - { allow: [\"203.0.113.0/24:8443\"], reviewBy: 2028-01-01 }" },
        { "address-owner", "2:5", "rules[0]", "has no reviewBy or expires", "\"reviewBy: YYYY-MM-DD\" (or \"expires\")", "rules:\n  - { audit: [\"2001:db8::/32\"], owner: a }" },

        // What is past.
        { "past-review", "1:11", "reviewBy", "the policy was to be reviewed by 2027-01-31", "the date of the next review", "reviewBy: 2027-01-31\nrules: []" },
        { "past-review", "3:15", "rules[0].reviewBy", "the rule was to be reviewed by 2026-12-31", "the date of the next review", "rules:\n  - allow: a.example\n    reviewBy: 2026-12-31" },
        { "expired", "3:14", "rules[0].expires", "no longer matches since 2027-01-01", "take the rule out", "rules:\n  - allow: a.example\n    expires: 2027-01-01T00:00:00Z" },

        // What lets everything pass.
        { "any", "2:5", "rules[0]", "\"any\" allows every destination", "name the hosts that are needed", "rules:\n  - any" },
        { "any", "2:15", "rules[0].allow[0]", "\"0.0.0.0/0\" allows every address", "name the hosts or the blocks", "rules:\n  - { allow: [0.0.0.0/0], owner: a, reviewBy: 2028-01-01 }" },
        { "any", "2:13", "rules[0].allow[0]", "\"tcp://[::/0]:443\" allows every address", "name the hosts or the blocks", "rules:\n  - allow: [\"tcp://[::/0]:443\"]\n    owner: a\n    expires: 2028-01-01T00:00:00Z" },
        { "deny-by-name", "3:12", "rules[0].deny[0]", "\"**.evil.example\" is denied by its name under \"default: allow\"", "write \"default: deny\"", "default: allow\nrules:\n  - deny: [\"**.evil.example\"]" },

        // A protocol without its port.
        { "usual-port", "2:12", "rules[0].allow", "\"db.acme.example\" allows postgres on ports 80 and 443 only, and its own port is 5432", "write \"postgres://db.acme.example\"", "rules:\n  - allow: db.acme.example\n    protocol: postgres" },
        { "usual-port", "2:29", "rules[0].allow[1]", "\"b.example\" allows ssh on ports 80 and 443 only, and its own port is 22", "write \"ssh://b.example\"", "rules:\n  - allow: [\"a.example:22\", b.example, \"ssh://c.example\"]\n    protocol: ssh" },

        // Wildcards that cover what anybody can have.
        { "public-suffix", "2:5", "rules[0]", "the public suffix \"com\"", "write out the names", "rules:\n  - \"*.com\"" },
        { "public-suffix", "2:13", "rules[0].allow[0]", "the public suffix \"co.uk\"", "write out the names", "rules:\n  - allow: [\"**.co.uk\"]" },
        { "public-suffix", "2:5", "rules[0]", "the public suffix \"kawasaki.jp\"", "write out the names", "rules:\n  - \"api.*.kawasaki.jp\"" },
        { "open-suffix", "2:5", "rules[0]", "under blob.core.windows.net (Azure Storage)", "write out the names that are yours", "rules:\n  - \"*.blob.core.windows.net\"" },
        { "open-suffix", "2:5", "rules[0]", "under s3.amazonaws.com (Amazon S3)", "write out the names that are yours", "rules:\n  - \"**.s3.amazonaws.com\"" },
        { "open-suffix", "2:5", "rules[0]", "under s3.*.amazonaws.com (Amazon S3)", "write out the names that are yours", "rules:\n  - \"*.s3.*.amazonaws.com\"" },
        { "open-suffix", "2:5", "rules[0]", "under github.io (GitHub Pages)", "write out the names that are yours", "rules:\n  - \"build-*.github.io\"" },
        { "open-suffix", "2:5", "rules[0]", "too, and anybody can have one there", "write \"*.\" where one label is enough", "rules:\n  - \".windows.net\"" },

        // Where names are resolved or hidden elsewhere.
        { "doh", "2:5", "rules[0]", "dns.google, a public server of DNS over HTTPS (Google Public DNS)", "take it out", "rules:\n  - dns.google" },
        { "doh", "2:5", "rules[0]", "security.cloudflare-dns.com", "except: [security.cloudflare-dns.com]", "rules:\n  - \"secur*.cloudflare-dns.com\"" },
        { "doh", "2:13", "rules[0].allow[0]", "1.1.1.1", "except: [1.1.1.1]", "rules:\n  - allow: [\"1.1.1.0/24\"]\n    owner: a\n    reviewBy: 2028-01-01" },
        { "ech-outer", "2:5", "rules[0]", "the outer name that Encrypted ClientHello shows for any site of Cloudflare", "take it out", "rules:\n  - cloudflare-ech.com" },

        // What the world has changed.
        { "unresolved", "3:13", "rules[0].allow[1]", "gone.corp.example no longer resolves", "take it out, or mend its spelling", "rules:\n  - allow: [there.corp.example,\n            gone.corp.example]" },
        { "drift", "2:13", "rules[0].allow[0]", "moved.corp.example resolves to 198.51.100.9, which no address of the rule contains", "write 198.51.100.9", "rules:\n  - allow: [moved.corp.example, 203.0.113.7]\n    owner: a\n    reviewBy: 2028-01-01" },
        { "drift", "2:12", "rules[0].allow", "inside.corp.example resolves to 10.2.0.1, which \"resolvesTo\" does not contain", "write the block of 10.2.0.1", "rules:\n  - allow: inside.corp.example\n    resolvesTo: [10.1.0.0/16]" },
    };

    [Theory]
    [MemberData(nameof(Findings))]
    public void FindsItWithPlaceAndFix(string lint, string place, string path, string message, string fix, string document)
    {
        var finding = Assert.Single(Check(document));
        Assert.Equal((lint, place, path), (finding.Lint, $"{finding.Line}:{finding.Column}", finding.Path));
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
        Assert.Contains(fix, finding.Fix, StringComparison.Ordinal);
        Assert.StartsWith($"p.yaml:{place}: ", finding.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ThereAreThirtyAtLeast() => Assert.True(Findings.Count >= 30);

    [Theory]
    [InlineData("rules: [a.example, \"*.x.example\", \"a.x.example:8443\"]")]
    [InlineData("rules: [{ allow: \"*.x.example\", except: a.x.example }, { deny: a.x.example }]")]
    [InlineData("rules: [{ allow: \"*.x.example\", expires: 2028-01-01T00:00:00Z }, { deny: a.x.example }]")]
    [InlineData("rules: [{ allow: \"*.x.example\", when: { labels: { phase: build } } }, { deny: a.x.example }]")]
    [InlineData("rules: [{ deny: a.x.example }, \"*.x.example\"]")]
    [InlineData("rules: [\"https://a.example\", \"http://a.example\"]")]
    [InlineData("rules: [{ allow: [203.0.113.7], owner: a, expires: 2028-01-01T00:00:00Z }, { deny: [10.0.0.0/8] }]")]
    [InlineData("rules: [{ allow: [\"203.0.113.0/24:22\"], owner: a, reviewBy: 2028-01-01 }, { deny: [\"203.0.113.66:22\"] }]")]
    [InlineData("rules: [{ deny: [\"*.com\", dns.google, any] }]")]
    [InlineData("default: allow\nrules: [{ deny: [203.0.113.0/24] }, { audit: [a.example] }]")]
    [InlineData("rules: [\"*.example.com\", \"**.corp.example\", \"*.mine.blob.core.windows.net\", \"s3.*.amazonaws.com\", mine.github.io]")]
    [InlineData("rules: [{ allow: [kept.corp.example, 203.0.113.0/24, \"2001:db8::/32\"], owner: a, reviewBy: 2028-01-01 }]")]
    [InlineData("rules: [{ allow: [inside.corp.example], resolvesTo: [10.2.0.0/16] }]")]
    public void IsSilentAboutWhatIsMeant(string document) => Assert.Empty(Check(document, asked: document.Contains("corp", StringComparison.Ordinal)));

    [Fact]
    public void NobodyIsAskedOffline() => Assert.Empty(Check("rules: [gone.corp.example]", asked: false));

    [Theory]
    [MemberData(nameof(Samples))]
    public void WhatComesWithTheProgramIsClean(string file)
    {
        var text = File.ReadAllBytes(Path.Combine(SourceTree.Root, file));
        var root = PolicyYaml.ReadNodes(text, file, out _);
        Assert.NotNull(root);
        var reading = PolicyDocumentReader.Read(root, file, "p", Bundles);
        Assert.NotNull(reading.Document);
        Assert.Empty(PolicyLint.Check(reading.Document, root, file, new LintFacts(new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero), ListedNames.All)));
    }

    [Fact]
    public void AHundredThousandEntriesAreLookedThroughInSeconds()
    {
        var rules = Enumerable.Range(0, 50_000).Select(i => $"n{i}.x.example").Chunk(100).Select(chunk => $"[{string.Join(',', chunk)}]");
        var findings = Check($"rules: [{string.Join(',', rules.Select(rule => $"{{allow: {rule}}}"))}, \"n49999.x.example\"]", asked: false);
        Assert.Equal("unreachable", Assert.Single(findings).Lint);
    }

    private static IReadOnlyList<LintFinding> Check(string text, bool asked = true)
    {
        var root = PolicyYaml.ReadNodes(System.Text.Encoding.UTF8.GetBytes(text), "p.yaml", out var error);
        Assert.Null(error);
        Assert.NotNull(root);
        var reading = PolicyDocumentReader.Read(root, "p.yaml", "p", Bundles);
        Assert.Empty(reading.Errors);
        Assert.NotNull(reading.Document);
        var names = asked ? PolicyLint.NamesIn(reading.Document).Where(name => name.Value.EndsWith(".corp.example", StringComparison.Ordinal)).ToDictionary(name => name, Resolve) : null;
        return PolicyLint.Check(reading.Document, root, "p.yaml", new LintFacts(Now, ListedNames.All, names));
    }

    private static ResolvedName Resolve(HostName name) => Zone.TryGetValue(name.Value, out var addresses)
        ? new ResolvedName(true, [.. addresses.Select(text => Address.TryParse(text, out var address) ? address : default)])
        : new ResolvedName(false, []);
}
