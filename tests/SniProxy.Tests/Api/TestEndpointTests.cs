using System.Collections.Immutable;
using SniProxy.Api;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Tests.Proxy;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Api;

public sealed class TestEndpointTests : IAsyncLifetime
{
    private ApiHost? started;

    private ApiHost Host => started ?? throw new InvalidOperationException("The host has not started.");

    public async ValueTask InitializeAsync()
    {
        started = await ApiHost.StartAsync();
        Assert.True(EntryReader.TryRead("pypi.org", isAllow: true, out var entry, out _));
        var document = new PolicyDocument { Name = "ci", Rules = [new RuleDocument { Decision = Decision.Allow, Scope = [entry], Label = "pip" }] };
        var policy = PolicyCompiler.Compile(document, 1, DateTimeOffset.UtcNow);
        Host.Book.Publish(ImmutableDictionary<string, Policy>.Empty.Add("ci", policy), ImmutableDictionary<string, string>.Empty);
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();

    [Fact]
    public async Task ShowsVerdictRuleAndWalkOfAPolicy()
    {
        var answer = await TestAsync("""{"policy":"ci","destinations":["pypi.org","evil.example:443"]}""");
        Assert.Equal(200, answer.Status);
        var (allowed, denied) = (answer.Body[0], answer.Body[1]);
        Assert.Equal(
            ("pypi.org", "allow", "rule", "1 (pip)", "ci"),
            (allowed.GetProperty("destination").GetString(), allowed.GetProperty("verdict").GetString(), allowed.GetProperty("reason").GetString(), allowed.GetProperty("rule").GetString(), allowed.GetProperty("policy").GetString()));
        Assert.Equal(("deny", "default"), (denied.GetProperty("verdict").GetString(), denied.GetProperty("reason").GetString()));
        Assert.Equal(
            """[false,true]""", $"[{string.Join(',', denied.GetProperty("walk").EnumerateArray().Select(step => step.GetProperty("matched").GetRawText()))}]");
    }

    [Fact]
    public async Task JudgesASandboxAsItStands()
    {
        await Host.SendAsync("PUT", "/api/v1/sandboxes/dev", """{"addresses":["10.0.0.1"],"policy":"ci","mode":"shadow"}""");
        var shadowed = (await TestAsync("""{"sandbox":"dev","destinations":["evil.example"]}""")).Body[0];
        Assert.NotEqual("deny", shadowed.GetProperty("verdict").GetString());
        Assert.Equal("deny", shadowed.GetProperty("wouldBe").GetString());
        await Host.SendAsync("PUT", "/api/v1/sandboxes/dev/mode", """{"paused":true}""");
        Assert.Equal("paused", (await TestAsync("""{"sandbox":"dev","destinations":["pypi.org"]}""")).Body[0].GetProperty("reason").GetString());
    }

    // A name that a rule allows, where it leads: to a private address, to one that another rule denies, to its own.
    [Fact]
    public async Task JudgesANameOfASandboxWhereItLeads()
    {
        await PublishAsync("""rules: [{ deny: "203.0.113.10:8443" }, "pypi.org:443,8443", inside.example, lost.example]""");
        var answer = await TestAsync("""{"sandbox":"dev","destinations":["pypi.org","pypi.org:8443","inside.example","lost.example"]}""");
        Assert.Equal(["rule 2", "rule 1", "guard_private ", "rule 4"], answer.Body.EnumerateArray().Select(one => $"{one.GetProperty("reason").GetString()} {one.GetProperty("rule").GetString()}"));
    }

    [Fact]
    public async Task JudgesAFlowByItsFacts()
    {
        await PublishAsync("""rules: ["pypi.org", lost.example, "ssh://git.example", { allow: "203.0.113.66:8443" }]""");
        Host.Resolutions.Learn(Host.Registry.Get("dev")?.Lifecycle ?? 0, Wire.Host("git.example"), [ProxyDoor.Of("203.0.113.22")], TimeSpan.FromMinutes(5));
        (string Flow, string Expected)[] cases =
        [
            ("""{"name":"pypi.org","address":"203.0.113.66","port":443,"protocol":"tls"}""", "allow rule"),
            ("""{"name":"pypi.org","address":"203.0.113.66","port":443,"protocol":"tls","resolved":["10.0.0.1"]}""", "deny guard_private"),
            ("""{"name":"pypi.org","address":"203.0.113.66","port":443,"protocol":"tls","resolved":[]}""", "deny upstream_unresolvable"),
            ("""{"name":"pypi.org","port":443,"protocol":"tls"}""", "allow rule"),
            ("""{"name":"pypi.org","port":443,"protocol":"tls","resolved":[]}""", "deny upstream_unresolvable"),
            ("""{"name":"lost.example","port":443,"protocol":"tls"}""", "deny upstream_unresolvable"),
            ("""{"name":"any.example","address":"203.0.113.66","port":8443,"protocol":"tls"}""", "allow rule"),
            ("""{"address":"203.0.113.66","port":443,"protocol":"tls"}""", "deny no_server_name"),
            ("""{"address":"203.0.113.22","port":22,"protocol":"ssh"}""", "allow rule"),
            ("""{"address":"203.0.113.22","port":22,"protocol":"ssh","boundNames":[]}""", "deny default"),
            ("""{"name":"pypi.org","address":"203.0.113.10","bound":true,"port":443,"protocol":"http"}""", "deny protocol_mismatch"),
        ];
        var answer = await TestAsync($$"""{"sandbox":"dev","flows":[{{string.Join(',', cases.Select(one => one.Flow))}}]}""");
        Assert.Equal(200, answer.Status);
        Assert.Equal(cases.Select(one => one.Expected), answer.Body.EnumerateArray().Select(one => $"{one.GetProperty("verdict").GetString()} {one.GetProperty("reason").GetString()}"));
    }

    [Theory]
    [InlineData("""{"policy":"ci","flows":[{"port":443,"protocol":"tls"}]}""", 422, "invalid")]
    [InlineData("""{"policy":"ci","flows":[{"name":"pypi.org","port":443,"protocol":"smoke"}]}""", 422, "invalid")]
    [InlineData("""{"policy":"ci","flows":[{"name":"pypi.org","port":0,"protocol":"tls"}]}""", 422, "invalid")]
    [InlineData("""{"policy":"ci","flows":[{"name":"pypi.org","port":443,"protocol":"tls","resolved":["here"]}]}""", 422, "invalid")]
    [InlineData("""{"destinations":["pypi.org"]}""", 422, "invalid")]
    [InlineData("""{"policy":"ci","sandbox":"dev","destinations":["pypi.org"]}""", 422, "invalid")]
    [InlineData("""{"policy":"ci","destinations":[]}""", 422, "invalid")]
    [InlineData("""{"policy":"ci","destinations":["not a host"]}""", 422, "invalid")]
    [InlineData("""{"policy":"ci","destinations":[null]}""", 422, "invalid")]
    [InlineData("""{"policy":"misspelt","destinations":["pypi.org"]}""", 422, "invalid")]
    [InlineData("""{"sandbox":"misspelt","destinations":["pypi.org"]}""", 404, "not_found")]
    public async Task RefusesAQuestionThatMeansNothing(string body, int status, string reason) =>
        (await TestAsync(body)).IsProblem(status, reason);

    private async Task PublishAsync(string policy)
    {
        Host.Book.Publish(ImmutableDictionary<string, Policy>.Empty.Add("ci", ProxyDoor.Compile(policy)), ImmutableDictionary<string, string>.Empty);
        Assert.Equal(201, (await Host.SendAsync("PUT", "/api/v1/sandboxes/dev", """{"addresses":["10.0.0.1"],"policy":"ci"}""")).Status);
    }

    private Task<ApiAnswer> TestAsync(string body) => Host.SendAsync("POST", "/api/v1/test", body, Role.Developer);
}
