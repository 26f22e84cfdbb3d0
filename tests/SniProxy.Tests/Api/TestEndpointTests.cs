using System.Collections.Immutable;
using SniProxy.Api;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

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

    [Theory]
    [InlineData("""{"destinations":["pypi.org"]}""", 422, "invalid")]
    [InlineData("""{"policy":"ci","sandbox":"dev","destinations":["pypi.org"]}""", 422, "invalid")]
    [InlineData("""{"policy":"ci","destinations":[]}""", 422, "invalid")]
    [InlineData("""{"policy":"ci","destinations":["not a host"]}""", 422, "invalid")]
    [InlineData("""{"policy":"ci","destinations":[null]}""", 422, "invalid")]
    [InlineData("""{"policy":"misspelt","destinations":["pypi.org"]}""", 422, "invalid")]
    [InlineData("""{"sandbox":"misspelt","destinations":["pypi.org"]}""", 404, "not_found")]
    public async Task RefusesAQuestionThatMeansNothing(string body, int status, string reason) =>
        (await TestAsync(body)).IsProblem(status, reason);

    private Task<ApiAnswer> TestAsync(string body) => Host.SendAsync("POST", "/api/v1/test", body, Role.Developer);
}
