using System.Diagnostics;
using System.Text;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;
using SniProxy.Policies;

namespace SniProxy.Tests.Policies;

public sealed class PolicyYamlTests
{
    private const string Full = """
        # comment
        version: 1
        name: agent-runtime
        purpose: code run by agents
        mode: enforce
        default: deny
        enabled: true
        rollout: 100%
        rules:
          - api.openai.com
          - allow: ["**.pythonhosted.org", "ssh://github.com"]
            except: ["evil.pythonhosted.org"]
            label: pip and git
            priority: 100
            expires: 2027-03-31T00:00:00Z
            reviewBy: 2027-01-31
          - allow: db.acme.example:5432
            protocol: postgres
            resolvesTo: [10.1.0.0/16]
          - audit: ["**.amazonaws.com"]
          - deny: [10.0.0.0/8, "169.254.0.0/16"]
            except: ["10.1.2.3:5432"]
        ech: strip
        quic: block
        dns: { mode: forward }
        onRevoke: reset
        """;

    [Fact]
    public void ReadsThePolicyOfTheContract()
    {
        var reading = PolicyYaml.Read(Full, "agent-runtime.yaml", "agent-runtime");
        Assert.Empty(reading.Errors);
        Assert.NotNull(reading.Document);
        Assert.Equal("agent-runtime", reading.Document.Name);
        Assert.Equal(["api.openai.com", "**.pythonhosted.org", "db.acme.example:5432", "**.amazonaws.com", "10.0.0.0/8"], reading.Document.Rules.Select(rule => rule.Scope[0].Text));
        Assert.Equal([10, 11, 17, 20, 21], reading.Document.Rules.Select(rule => rule.Line));
    }

    [Fact]
    public void ReadsJsonByTheSamePath()
    {
        var reading = PolicyYaml.Read("""{ "name": "j", "rules": [ "a.example", { "deny": ["10.0.0.0/8"], "label": "inner \u0041" } ], "enabled": true }""", "j.json", "x");
        Assert.Empty(reading.Errors);
        Assert.NotNull(reading.Document);
        Assert.Equal(("j", "inner A"), (reading.Document.Name, reading.Document.Rules[1].Label));
    }

    [Fact]
    public void TakesTheNameOfTheFileWhereThereIsNone() => Assert.Equal("ci", PolicyYaml.Read("rules: []", "ci.yaml", "ci").Document?.Name);

    [Theory]
    [InlineData("", "empty")]
    [InlineData("\n\n", "empty")]
    [InlineData("# only a comment\n", "empty")]
    [InlineData("---\n", "nothing")]
    [InlineData("null", "nothing")]
    [InlineData("~", "nothing")]
    [InlineData("allow", "\"allow\"")]
    [InlineData("[]", "an empty list")]
    [InlineData("- a.example", "a list")]
    [InlineData("rules:", "nothing")]
    [InlineData("rules:\n  -\n", "nothing")]
    [InlineData("rules:\n  - allow:\n", "nothing")]
    [InlineData("rules: [a.example", "cannot be read")]
    [InlineData("rules:\n\t- a.example", "cannot be read")]
    [InlineData("rules:\n  - *.x.example", "anchors and aliases")]
    [InlineData("rules:\n  - &a a.example\n  - *a", "anchors and aliases")]
    [InlineData("x: &a {b: c}\n<<: *a", "anchors and aliases")]
    [InlineData("<<: {default: allow}", "merge keys")]
    [InlineData("default: !!str allow", "tags")]
    [InlineData("default: !allow deny", "tags")]
    [InlineData("rules: []\n---\nrules: [any]", "second document")]
    [InlineData("a: b: c", "cannot be read")]
    [InlineData("{default: allow, default: deny}", "twice")]
    [InlineData("? [a]\n: b", "a key must be a word")]
    [InlineData("rules: [\"a.example]", "cannot be read")]
    [InlineData("@", "cannot be read")]
    [InlineData("%YAML 9.9\n---\nrules: []", "cannot be read")]
    [InlineData("enabled: yes", "truth value")]
    [InlineData("name: 007", "quotes")]
    [InlineData("name: true", "quotes")]
    public void WhatIsEmptyOrBrokenIsAnErrorWithItsPlaceAndNeverAPolicy(string text, string message)
    {
        var reading = PolicyYaml.Read(text, "p.yaml", "p");
        Assert.Null(reading.Document);
        Assert.All(reading.Errors, error => Assert.True(error is { Line: > 0, Column: > 0 }, error.ToString()));
        Assert.Contains(reading.Errors, error => error.ToString().Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void NamesLineAndColumnCountedFromOne()
    {
        var error = Assert.Single(PolicyYaml.Read("name: p\nrules:\n  - allow: [\"10.1.2.3/8\"]\n", "p.yaml", "p").Errors);
        Assert.Equal((3, 13, "rules[0].allow[0]"), (error.Line, error.Column, error.Path));
        error = Assert.Single(PolicyYaml.Read("name: p\nrules: [}\n", "p.yaml", "p").Errors);
        Assert.Equal(2, error.Line);
    }

    [Fact]
    public void ReadsUtf8WithAMarkAndNoOtherEncoding()
    {
        var utf8 = Encoding.UTF8.GetBytes("rules: [bücher.example]");
        Assert.NotNull(PolicyYaml.Read(utf8, "p.yaml", "p").Document);
        Assert.NotNull(PolicyYaml.Read([.. Encoding.UTF8.Preamble, .. utf8], "p.yaml", "p").Document);
        Assert.Null(PolicyYaml.Read(Encoding.Unicode.GetBytes("rules: [any]"), "p.yaml", "p").Document);
        Assert.Null(PolicyYaml.Read([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("rules: [any]")], "p.yaml", "p").Document);
        Assert.Null(PolicyYaml.Read([.. "rules: [a"u8, 0xff, .. "]"u8], "p.yaml", "p").Document);
        Assert.Null(PolicyYaml.Read("rules: [a\0]"u8, "p.yaml", "p").Document);
    }

    [Fact]
    public void KeepsToOneMebibyte()
    {
        static byte[] OfSize(int size) => [.. "rules: []\n#"u8, .. Enumerable.Repeat((byte)'x', size - 11)];
        Assert.NotNull(PolicyYaml.Read(OfSize(PolicyDocument.MaxBytes), "p.yaml", "p").Document);
        var error = Assert.Single(PolicyYaml.Read(OfSize(PolicyDocument.MaxBytes + 1), "p.yaml", "p").Errors);
        Assert.Contains("1 MiB", error.Fix, StringComparison.Ordinal);
        Assert.Single(PolicyYaml.Read(OfSize(PolicyDocument.MaxBytes * 10), "p.yaml", "p").Errors);
    }

    public static TheoryData<string, string> Bombs => new()
    {
        { "nested lists", new string('[', 500_000) },
        { "nested mappings", string.Concat(Enumerable.Repeat("{a: ", 200_000)) },
        { "nested blocks", string.Concat(Enumerable.Repeat("- ", 500_000)) },
        { "billion laughs", "a: &a [x,x,x,x,x,x,x,x,x]\n" + string.Concat(Enumerable.Range(0, 25).Select(i => $"k{i}: &{(char)('b' + i)} [*{(char)('a' + i)},*{(char)('a' + i)}]\n")) },
        { "one open quote", "rules: [\"" + new string('a', 1_000_000) },
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public void RefusesBombsWithinATenthOfASecond(string kind, string text)
    {
        _ = PolicyYaml.Read("rules: [[[]]]", "warm.yaml", "p");
        var best = Enumerable.Range(0, 3).Min(_ =>
        {
            var watch = Stopwatch.StartNew();
            Assert.Null(PolicyYaml.Read(text, "p.yaml", "p").Document);
            return watch.ElapsedMilliseconds;
        });
        Assert.True(best < 100, $"{kind}: {best} ms");
    }

    [Fact]
    public void ReadsThirtyTwoLevelsAndNotOneMore()
    {
        static string Nested(int depth) => new string('[', depth) + new string(']', depth);
        Assert.Contains("a policy belongs", Assert.Single(PolicyYaml.Read(Nested(32), "p.yaml", "p").Errors).Message, StringComparison.Ordinal);
        Assert.Contains("too deeply", Assert.Single(PolicyYaml.Read(Nested(33), "p.yaml", "p").Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NoMutationOfAPolicyThrows()
    {
        var random = new Random(20270101);
        for (var round = 0; round < 4000; round++)
        {
            var text = new StringBuilder(Full);
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                var at = random.Next(text.Length);
                switch (random.Next(3))
                {
                    case 0:
                        text.Remove(at, Math.Min(random.Next(1, 20), text.Length - at));
                        break;
                    case 1:
                        text.Insert(at, "[]{}:,-\"'&*!|>%@`\n\t #~?é"[random.Next(24)]);
                        break;
                    default:
                        text[at] = (char)random.Next(1, 0x2100);
                        break;
                }
            }

            var reading = PolicyYaml.Read(text.ToString(), "p.yaml", "p");
            Assert.True(reading.Document is null ? reading.Errors.Count > 0 : reading.Errors.Count == 0);
        }
    }

    [Fact]
    public void ReadsFortyFiveThousandNamesInTime()
    {
        var names = "rules:\n  - allow:\n" + string.Concat(Enumerable.Range(0, 45_000).Select(i => $"      - n{i}.x.test\n"));
        var watch = Stopwatch.StartNew();
        var reading = PolicyYaml.Read(names, "p.yaml", "p");
        Assert.NotNull(reading.Document);
        var judge = new Judge(PolicyCompiler.Compile(reading.Document, 1, DateTimeOffset.UnixEpoch), Mode.Enforce, false, new Guard());
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), watch.Elapsed.ToString());
        Assert.Equal(HostNameSyntax.Valid, HostName.TryParse("n44999.x.test", out var last));
        Assert.NotNull(last);
        Assert.Equal(Decision.Allow, judge.JudgeName(last).Decision);
        Assert.False(judge.MayAnswer(last, Address.FromIPv4(0x7f000001)));
    }
}
