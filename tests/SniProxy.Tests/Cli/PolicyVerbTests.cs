using System.Text.Json;
using SniProxy.Cli;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Events;
using SniProxy.Tests.Events;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Cli;

/// <summary><c>sniproxy policy</c> as a script meets it: exit statuses, what goes to which stream, what other verbs make of its output.</summary>
public sealed class PolicyVerbTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task EveryVerbHasAnExample()
    {
        var verbs = SniProxyCommand.Create().Subcommands.Single(verb => verb.Name == "policy").Subcommands;
        Assert.Equal(["diff", "draft", "export", "import", "lint", "list", "schema", "show"], verbs.Select(verb => verb.Name).Order(StringComparer.Ordinal));
        foreach (var verb in verbs)
        {
            Assert.Contains($"Example: sniproxy policy {verb.Name}", (await RunAsync("policy", verb.Name, "--help")).Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task LintPrintsPlacesAndEndsWithThree()
    {
        var (bad, good) = (Write("bad.yaml", "rules:\n  - \"*.com\"\n  - any"), Write("good.yaml", "rules: [a.example]"));
        var (status, output, error) = await RunAsync("policy", "lint", "--offline", good, bad);
        Assert.Equal(3, status);
        Assert.StartsWith("sniproxy: offline: ", error, StringComparison.Ordinal);
        Assert.Equal([$"{bad}:2:5: ", $"{bad}:3:5: "], output.TrimEnd().Split('\n').Select(line => line[..(bad.Length + 6)]));
        Assert.Equal((0, string.Empty), ((await RunAsync("policy", "lint", "--offline", good)) is var clean ? (clean.Status, clean.Output) : default));
    }

    [Fact]
    public async Task ADocumentUsesTheBundlesOfAConfigurationThatIsGiven()
    {
        Write("ours.yaml", "version: 1\nname: ours\nowner: us\nedition: 2026-11-01\nrules:\n  - allow: [a.example]\n    label: ours\n    source: https://a.example/hosts");
        var file = Write("p.yaml", "use: [ours]");
        Assert.Equal(78, (await RunAsync("policy", "show", file)).Status);
        string[] given = ["--config", Write("appsettings.json", "{}"), "--set", $"Policies:Bundles={Path.GetDirectoryName(file)}"];
        var (status, output, error) = await RunAsync(["policy", "show", .. given, file]);
        Assert.Equal((0, string.Empty), (status, error));
        Assert.Contains("ours", output, StringComparison.Ordinal);
        Assert.Equal((0, 3), ((await RunAsync(["test", "--policy", file, .. given, "a.example"])).Status, (await RunAsync(["test", "--policy", file, .. given, "b.example"])).Status));
    }

    [Fact]
    public async Task LintPrintsJson()
    {
        var file = Write("p.yaml", "rules:\n  - any");
        var (status, output, _) = await RunAsync("policy", "lint", "--offline", "--output", "json", file);
        Assert.Equal(3, status);
        var finding = Assert.Single(JsonDocument.Parse(output).RootElement.EnumerateArray());
        Assert.Equal(
            ("any", file, 2, 5, "rules[0]"),
            (finding.GetProperty("lint").GetString(), finding.GetProperty("file").GetString(), finding.GetProperty("line").GetInt32(), finding.GetProperty("column").GetInt32(), finding.GetProperty("path").GetString()));
        Assert.NotEmpty(finding.GetProperty("message").GetString() ?? string.Empty);
        Assert.NotEmpty(finding.GetProperty("fix").GetString() ?? string.Empty);
        Assert.Equal("[]\n", (await RunAsync("policy", "lint", "--offline", "--output", "json", Write("q.yaml", "rules: []"))).Output);
    }

    [Fact]
    public async Task LintAsksTheConfiguredNameServers()
    {
        await using var server = new FakeNameServer(FakeNameServer.Zone(("moved.corp.example", "198.51.100.9", 60), ("kept.corp.example", "203.0.113.7", 60)));
        var file = Write("p.yaml", "rules:\n  - allow: [moved.corp.example, kept.corp.example, gone.corp.example, 203.0.113.7]\n    owner: a\n    reviewBy: 2999-01-01");
        var (status, output, error) = await RunAsync(
            "policy", "lint", "--config", Write("appsettings.json", "{}"), "--set", $"Dns:Upstreams:0={server.Endpoint}", "--output", "json", file);
        Assert.Equal((3, string.Empty), (status, error));
        Assert.Equal(
            ["drift rules[0].allow[0]", "unresolved rules[0].allow[2]"],
            JsonDocument.Parse(output).RootElement.EnumerateArray().Select(finding => $"{finding.GetProperty("lint")} {finding.GetProperty("path")}"));
    }

    [Theory]
    [InlineData("policy lint", 2)]
    [InlineData("policy lint --offline /nowhere/p.yaml", 78)]
    [InlineData("policy diff a.yaml", 2)]
    [InlineData("policy diff a.yaml b.yaml --replay soon", 2)]
    [InlineData("policy diff /nowhere/a.yaml /nowhere/b.yaml", 78)]
    [InlineData("policy draft --by team", 2)]
    [InlineData("policy draft --from-clients --since 7d", 2)]
    [InlineData("policy draft --name /", 2)]
    [InlineData("policy draft --events /nowhere/events.jsonl", 78)]
    [InlineData("policy import p.json", 2)]
    [InlineData("policy import --from nobody p.json", 2)]
    [InlineData("policy import --from srt --name deny-all p.json", 2)]
    [InlineData("policy import --from srt /nowhere/p.json", 78)]
    [InlineData("policy export /nowhere/p.yaml", 78)]
    public async Task WhatCannotBeDoneEndsInItsStatusWithWords(string line, int status)
    {
        var answer = await RunAsync(line.Split(' '));
        Assert.Equal((status, string.Empty), (answer.Status, answer.Output));
        Assert.StartsWith("sniproxy: ", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DiffTellsRulesAndEndsWithThreeWhereTheyDiffer()
    {
        var (before, after) = (Write("a.yaml", "rules: [a.example, b.example]"), Write("b.yaml", "mode: shadow\nrules: [A.example]"));
        var (status, output, _) = await RunAsync("policy", "diff", before, after, "--output", "json");
        Assert.Equal(3, status);
        Assert.Equal(
            ["removed mode enforce", "added mode shadow", "removed rule 2 b.example"],
            JsonDocument.Parse(output).RootElement.EnumerateArray().Select(row => $"{row.GetProperty("change")} {row.GetProperty("what")} {row.GetProperty("text")}"));
        Assert.Equal((0, string.Empty, string.Empty), await RunAsync("policy", "diff", before, before));
    }

    [Fact]
    public async Task DiffReplaysWhatWasRecorded()
    {
        var events = Write("events.jsonl", string.Concat(Line(Flow("kept.example")), Line(Flow("lost.example")), Line(Flow("lost.example")), Line(Flow("old.example", daysAgo: 30))));
        var (before, after) = (Write("a.yaml", "rules: [kept.example, lost.example, old.example]"), Write("b.yaml", "rules: [kept.example]"));
        var (status, output, _) = await RunAsync("policy", "diff", before, after, "--events", events, "--replay", "7d", "--output", "json");
        Assert.Equal(3, status);
        var change = Assert.Single(JsonDocument.Parse(output).RootElement.EnumerateArray());
        Assert.Equal(
            ("tls://lost.example:443", "allow", "2", "deny", 2),
            (change.GetProperty("destination").GetString(), change.GetProperty("before").GetString(), change.GetProperty("ruleBefore").GetString(), change.GetProperty("after").GetString(), change.GetProperty("count").GetInt32()));
        Assert.Equal(0, (await RunAsync("policy", "diff", before, Write("c.yaml", "rules: [\"*.example\"]"), "--events", events)).Status);
        Assert.Contains("lost.example:443", (await RunAsync("policy", "diff", before, after, "--events", events)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReplayFindsTheEventsOfTheAppliance()
    {
        Write("data/events.000000000001.jsonl", Line(Flow("away.example")));
        Write("data/events.jsonl", Line(Flow("here.example")));
        var configuration = Write("appsettings.json", $$"""{ "SniProxy": { "DataFolder": "{{folder.File("data")}}" } }""");
        var (status, output, _) = await RunAsync("policy", "draft", "--since", "7d", "--config", configuration);
        Assert.Equal(0, status);
        Assert.Contains("away.example", output, StringComparison.Ordinal);
        Assert.Contains("here.example", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADraftIsAPolicyThatAllowsWhatItWasMadeOf()
    {
        var events = Write("events.jsonl", string.Concat(
            Line(Flow("api.example.com") with { WouldBe = Decision.Deny, Verdict = Decision.Audit, Labels = new Dictionary<string, string> { ["service"] = "ci" }, Service = "ci" }),
            Line(Flow("denied.example.com") with { Verdict = Decision.Deny, Dialled = null }),
            Line(Flow("spent.example.com") with { Verdict = Decision.Deny, Reason = Reason.BudgetExceeded, Dialled = null }),
            Line(Flow("ended.example.com") with { Reason = Reason.BudgetExceeded, Ending = Ending.Revoked }),
            Line(Flow("crowded.example.com") with { Reason = Reason.ConnectionLimit, WouldBe = Decision.Deny, Verdict = Decision.Audit }),
            Line(Flow("git.example.com") with { Protocol = Protocol.Ssh, Evidence = Evidence.Dns, OriginalDestination = At("203.0.113.9", 22), Dialled = At("203.0.113.9", 22) }),
            Line(new FlowEvent { Id = "q", Time = DateTimeOffset.UtcNow, Kind = EventKind.Dns, Qname = "asked.example.com", Qtype = "A", Verdict = Decision.Allow })));
        var (status, output, error) = await RunAsync("policy", "draft", "--events", events, "--name", "ci");
        Assert.Equal((0, string.Empty), (status, error));
        var draft = Write("ci.yaml", output);
        Assert.Equal((0, 3), ((await RunAsync("test", "--policy", draft, "api.example.com", "ssh://git.example.com")).Status, (await RunAsync("test", "--policy", draft, "denied.example.com")).Status));
        Assert.DoesNotContain("asked.example.com", output, StringComparison.Ordinal);
        Assert.DoesNotContain("spent.example.com", output, StringComparison.Ordinal);
        Assert.Contains("ended.example.com", output, StringComparison.Ordinal);
        Assert.Contains("crowded.example.com", output, StringComparison.Ordinal);
        Assert.Contains("service: ci", (await RunAsync("policy", "draft", "--events", events, "--by", "service,phase")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ALineThatIsNoEventIsTold()
    {
        var (status, _, error) = await RunAsync("policy", "draft", "--events", Write("events.jsonl", Line(Flow("a.example")) + "{\"half\":"));
        Assert.Equal(78, status);
        Assert.Contains("events.jsonl(2,1): the line is no event", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnImportIsAPolicyAndARefusalIsNone()
    {
        var (status, output, error) = await RunAsync("policy", "import", "--from", "srt", Write("settings.json", """{ "network": { "allowedDomains": ["*.example.com"], "deniedDomains": [] } }"""));
        Assert.Equal((0, string.Empty), (status, error));
        Assert.Equal("version: 1\nname: settings\nmode: enforce\ndefault: deny\nrules:\n  - \"**.example.com:*\"\n", output);
        var refused = await RunAsync("policy", "import", "--from", "e2b", Write("net.yaml", "network:\n  denyOut: [evil.example.com]\n"));
        Assert.Equal((3, string.Empty), (refused.Status, refused.Output));
        Assert.Contains("net.yaml(2,13): network.denyOut[0]: ", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AWorkflowIsImportedAsItIsWritten()
    {
        var file = Write("build.yml", """
            name: build
            on: push
            jobs:
              build:
                runs-on: ubuntu-latest
                steps:
                  - uses: step-security/harden-runner@v2
                    with:
                      egress-policy: block
                      allowed-endpoints: >
                        api.example.com:443
                        *.data.example.com:443
            """);
        var (status, output, _) = await RunAsync("policy", "import", "--from", "harden-runner", file, "--output", "json");
        Assert.Equal(0, status);
        Assert.Equal(
            ["api.example.com:443", "**.data.example.com:443"],
            JsonDocument.Parse(output).RootElement.GetProperty("rules")[0].GetProperty("allow").EnumerateArray().Select(entry => entry.GetString()));
    }

    [Fact]
    public async Task ExportIsReadBackAsTheSamePolicy()
    {
        var file = Write("ci.yaml", "rules:\n  - allow: [A.example, \"b.example:80,443\"] # why\n    label: \"on\"\n    reviewBy: 2027-01-31\nrollout: 10%");
        foreach (var format in new[] { "yaml", "json" })
        {
            var (status, output, _) = await RunAsync("policy", "export", file, "--output", format);
            Assert.Equal(0, status);
            var copy = Write($"copy.{format}", output);
            Assert.Equal(0, (await RunAsync("policy", "diff", file, copy)).Status);
            Assert.Equal(output, (await RunAsync("policy", "export", copy, "--output", format)).Output);
        }
    }

    [Fact]
    public async Task ListAndShowReadThePoliciesFolder()
    {
        Write("policies/ci.yaml", "owner: build\nrules: [a.example, { deny: b.example, label: no }]");
        Write("policies/broken.yaml", "rulez: []\nmode: lenient");
        var configuration = Write("appsettings.json", "{}");
        var list = await RunAsync("policy", "list", "--config", configuration, "--output", "json");
        Assert.Equal(78, list.Status);
        Assert.Equal(
            ["broken 2", "ci 0"], JsonDocument.Parse(list.Output).RootElement.EnumerateArray().Select(row => $"{row.GetProperty("name")} {row.GetProperty("errors")}").Order(StringComparer.Ordinal));
        var show = await RunAsync("policy", "show", "ci", "--config", configuration);
        Assert.Equal(0, show.Status);
        Assert.Matches(@"owner +build", show.Output);
        Assert.Matches(@"b\.example +- +no", show.Output);
        Assert.Equal((0, string.Empty), (await RunAsync("policy", "lint", "ci", "--offline", "--config", configuration)) is var lint ? (lint.Status, lint.Output) : default);
        Assert.Equal((78, $"sniproxy: {folder.Path}(1,1): this is a folder; name a document in it\n"), (await RunAsync("policy", "lint", folder.Path)) is var named ? (named.Status, named.Error) : default);
        var missing = await RunAsync("policy", "show", "nope", "--config", configuration);
        Assert.Equal(78, missing.Status);
        Assert.Contains("no policy of that name", missing.Error, StringComparison.Ordinal);
    }

    private static FlowEvent Flow(string host, int daysAgo = 0) => new()
    {
        Id = host, Time = DateTimeOffset.UtcNow.AddDays(-daysAgo), Protocol = Protocol.Tls, Name = host, Evidence = Evidence.Sni, Bound = true, Verdict = Decision.Allow, Reason = Reason.Rule,
        OriginalDestination = At("203.0.113.7", 443), Dialled = At("203.0.113.7", 443),
    };

    private static Endpoint At(string address, ushort port) => Address.TryParse(address, out var parsed) ? new(parsed, port) : throw new FormatException(address);

    private static string Line(FlowEvent flow)
    {
        var line = new LineBuffer();
        line.Append("{\"v\":1"u8);
        EventJson.WriteFields(line, flow);
        line.Append("}\n"u8);
        return System.Text.Encoding.UTF8.GetString(line.Written);
    }

    private static async Task<(int Status, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var status = await SniProxyCommand.RunAsync(arguments, output, error);
        return (status, output.ToString(), error.ToString());
    }

    private string Write(string name, string text)
    {
        var file = folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(file) ?? folder.Path);
        File.WriteAllText(file, text);
        return file;
    }
}
