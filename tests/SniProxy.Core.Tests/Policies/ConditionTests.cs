using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies;

/// <summary>Rules that hold only in certain circumstances: <c>when</c> and <c>expires</c>.</summary>
public sealed class ConditionTests
{
    private const string Sequence = """
        {"default":"allow","rules":[
          "listed.example",
          {"deny":"any","when":{"signal":"sensitive_read","within":"5m"},"label":"after reading"}]}
        """;

    private static readonly TimeSpan Moment = TimeSpan.FromHours(1);

    [Fact]
    public void AfterASignalOnlyListedHostsAreReachedUntilItsWindowEnds()
    {
        var policy = Given.Policy(Sequence);
        Assert.True(policy.IsConditional);
        Assert.Equal(Decision.Allow, Decide(policy, Signalled(ago: null), "other.example"));
        foreach (var (seconds, expected) in new[] { (0, Decision.Deny), (299, Decision.Deny), (300, Decision.Allow), (3600, Decision.Allow) })
        {
            Assert.Equal(expected, Decide(policy, Signalled(TimeSpan.FromSeconds(seconds)), "other.example"));
            Assert.Equal(Decision.Allow, Decide(policy, Signalled(TimeSpan.FromSeconds(seconds)), "listed.example"));
        }
    }

    [Fact]
    public void HoldsForSandboxesWithAllOfItsLabels()
    {
        var policy = Given.Rules("""{"allow":"a.example","when":{"labels":{"phase":"build","team":"ml"}}}""");
        Assert.Equal(Decision.Allow, Decide(policy, Labelled(("phase", "build"), ("team", "ml"), ("more", "x")), "a.example"));
        Assert.Equal(Decision.Deny, Decide(policy, Labelled(("phase", "build")), "a.example"));
        Assert.Equal(Decision.Deny, Decide(policy, Labelled(("phase", "build"), ("team", "ML")), "a.example"));
        Assert.Equal(Decision.Deny, Decide(policy, Labelled(), "a.example"));
    }

    [Fact]
    public void AskedForNobodyARuleWithAConditionDoesNotHold()
    {
        var policy = Given.Rules("""{"allow":"a.example","when":{"labels":{"phase":"build"}}},{"allow":"b.example","expires":"2099-01-01T00:00:00Z"}""");
        var judge = new Judge(policy, Mode.Enforce, strict: false, new Guard());
        Assert.True(judge.JudgeName(Given.Name("a.example")).IsDenied);
        Assert.True(judge.JudgeName(Given.Name("b.example")).IsDenied);
    }

    [Fact]
    public void ExpiresToTheTickWhateverWasCompiledWhen()
    {
        var policy = Given.Rules("""{"allow":"a.example","expires":"2027-01-01T00:00:10Z"}""");
        var end = Given.Now.AddSeconds(10);
        Assert.Equal(Decision.Allow, Decide(policy, Labelled(), "a.example", end.AddTicks(-1)));
        Assert.Equal(Decision.Deny, Decide(policy, Labelled(), "a.example", end));
        Assert.Equal(Decision.Deny, Decide(policy, Labelled(), "a.example", end.AddYears(1)));
    }

    [Fact]
    public void SaysWhatIsMissing()
    {
        var policy = Given.Rules("""
            {"allow":"a.example","when":{"labels":{"phase":"build"}},"label":"build only"},
            {"allow":"b.example","when":{"signal":"approved","within":"90s"}},
            {"allow":"c.example","expires":"2027-01-01T00:00:10Z"}
            """);
        Assert.Equal("a.example:443: rule 1 (build only) names it, but it holds only for sandboxes with the label phase=build", NearMissOf("a.example"));
        Assert.Equal("b.example:443: rule 2 names it, but it holds only for 90s after the signal approved", NearMissOf("b.example"));
        Assert.Equal("c.example:443: rule 3 names it, but it has expired: it held until 2027-01-01T00:00:10+00:00", NearMissOf("c.example"));
        Assert.True(TestDestination.TryParse("a.example", out var destination, out _));
        Assert.Equal("it holds only for sandboxes with the label phase=build", JudgeOf(policy, Labelled(), Given.Now.AddMinutes(1)).Explain(destination).Walk[0].Why);

        string? NearMissOf(string name)
        {
            var judge = JudgeOf(policy, Labelled(), Given.Now.AddMinutes(1));
            var flow = Given.Tls(name, "203.0.113.7", bound: true);
            judge.Describe(flow, judge.Begin(flow).Verdict, out var nearMiss);
            return nearMiss;
        }
    }

    [Theory]
    [InlineData("""{}""", "rules[0].when")]
    [InlineData("""["build"]""", "rules[0].when")]
    [InlineData("""{"lables":{"phase":"build"}}""", "rules[0].when.lables")]
    [InlineData("""{"labels":{}}""", "rules[0].when.labels")]
    [InlineData("""{"labels":{"phase":""}}""", "rules[0].when.labels.phase")]
    [InlineData("""{"labels":{"phase":5}}""", "rules[0].when.labels.phase")]
    [InlineData("""{"labels":{"phase":["build"]}}""", "rules[0].when.labels.phase")]
    [InlineData("""{"labels":{"phase":"build","phase":"test"}}""", "rules[0].when.labels.phase")]
    [InlineData("""{"signal":"read"}""", "rules[0].when.signal")]
    [InlineData("""{"within":"5m"}""", "rules[0].when.within")]
    [InlineData("""{"signal":"read it","within":"5m"}""", "rules[0].when.signal")]
    [InlineData("""{"signal":"read","within":"5"}""", "rules[0].when.within")]
    [InlineData("""{"signal":"read","within":"0s"}""", "rules[0].when.within")]
    [InlineData("""{"signal":"read","within":"169h"}""", "rules[0].when.within")]
    [InlineData("""{"signal":"read","within":"5 m"}""", "rules[0].when.within")]
    public void RefusesWhatIsNoCondition(string when, string path)
    {
        var error = Assert.Single(Given.Read($$$"""{"rules":[{"allow":"a.example","when":{{{when}}}}]}""").Errors);
        Assert.Equal(path, error.Path);
        Assert.NotEqual(string.Empty, error.Fix);
    }

    private static Decision Decide(Policy policy, Sandbox sandbox, string name, DateTimeOffset? now = null)
    {
        var judge = JudgeOf(policy, sandbox, now ?? Given.Now);
        var decision = judge.Begin(Given.Tls(name, "203.0.113.7", bound: true)).Verdict.Decision;
        Assert.Equal(decision, judge.JudgeName(Given.Name(name)).Decision);
        return decision;
    }

    private static Judge JudgeOf(Policy policy, Sandbox sandbox, DateTimeOffset now) =>
        new(policy, Mode.Enforce, strict: false, new Guard(), Circumstances.Of(sandbox, Moment, now));

    private static Sandbox Signalled(TimeSpan? ago) =>
        Labelled() with { Signals = ago is { } age ? [new Signal("other", Moment, Given.Now), new Signal("sensitive_read", Moment - age, Given.Now)] : [] };

    private static Sandbox Labelled(params (string Name, string Value)[] labels) =>
        new() { Id = "box", Lifecycle = 1, Labels = labels.ToDictionary(label => label.Name, label => label.Value) };
}
