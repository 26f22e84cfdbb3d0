using System.Collections.Immutable;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Policies;
using SniProxy.Tests.Storage;

namespace SniProxy.Tests.Policies;

public sealed class PolicyBookTests
{
    private readonly List<(StrictSwitch Strict, string Actor)> stored = [];

    [Fact]
    public void AnUnknownSourceIsRefusedUnlessAPolicyIsNamedForIt()
    {
        var stranger = Box() with { IsKnown = false, Lifecycle = 0, Policy = "open" };
        Assert.Equal(Reason.UnknownSandbox, Refusal(Book("open: allow").JudgeFor(stranger)));
        Assert.Equal("guests", BookFor("guests", "default", "guests: allow").JudgeFor(stranger).Policy?.Name);
        Assert.Equal(Reason.PolicyMissing, Refusal(BookFor("guests", "default", "other: allow").JudgeFor(stranger)));
        Assert.Equal(Reason.UnknownSandbox, Refusal(BookFor("guests", "default", "guests: allow off").JudgeFor(stranger)));
    }

    [Fact]
    public void APausedSandboxIsRefusedBeforeAllElse()
    {
        var book = Book("default: allow");
        Assert.Equal(Reason.Paused, Refusal(book.JudgeFor(Box() with { Paused = true, Mode = Mode.Observe })));
        Assert.Equal(Reason.Paused, Refusal(book.JudgeFor(Box() with { Paused = true, IsKnown = false })));
    }

    [Theory]
    [InlineData("own", "bound", "own")]
    [InlineData(null, "bound", "bound")]
    [InlineData(null, null, "default")]
    [InlineData("off", "bound", "bound")]
    [InlineData("off", "off", "default")]
    [InlineData("off", null, "default")]
    public void ThePolicyIsItsOwnElseItsBindingsElseTheDefault(string? own, string? bound, string judged)
    {
        var book = Book("own: deny", "bound: deny", "default: deny", "off: deny off");
        Assert.Equal(judged, book.JudgeFor(Box() with { Policy = own, BoundPolicy = bound }).Policy?.Name);
    }

    [Fact]
    public void AMissingPolicyDeniesInsteadOfFallingThrough()
    {
        var book = Book("default: allow");
        Assert.Equal(Reason.PolicyMissing, Refusal(book.JudgeFor(Box() with { Policy = "gone" })));
        Assert.Equal(Reason.PolicyMissing, Refusal(book.JudgeFor(Box() with { BoundPolicy = "gone" })));
        Assert.Equal(Reason.PolicyMissing, Refusal(Book().JudgeFor(Box())));
        Assert.Equal(Reason.PolicyMissing, Refusal(Book("default: allow off").JudgeFor(Box())));
    }

    [Fact]
    public void DenyAllIsBuiltIn()
    {
        var book = Book("default: allow");
        Assert.Equal(Reason.Default, Refusal(book.JudgeFor(Box() with { Policy = PolicyOptions.DenyAll })));
        Assert.Contains(PolicyOptions.DenyAll, book.Names);
        Assert.NotNull(book.JudgeForPolicy(PolicyOptions.DenyAll));
        Assert.Equal(Reason.Default, Refusal(BookFor("x", PolicyOptions.DenyAll).JudgeFor(Box())));
        Assert.Null(book.JudgeForPolicy("gone"));
        Assert.Equal("default", book.JudgeForPolicy("default")?.Policy?.Name);
    }

    [Fact]
    public void TheSandboxesModeStandsOverThePolicys()
    {
        var book = Book("default: deny shadow");
        Assert.Equal(Mode.Shadow, book.JudgeFor(Box()).Mode);
        Assert.Equal(Mode.Enforce, book.JudgeFor(Box() with { Mode = Mode.Enforce }).Mode);
        Assert.Equal(Mode.Observe, book.JudgeFor(Box() with { Mode = Mode.Observe }).Mode);
    }

    [Fact]
    public void ARolloutEnforcesAStableShareAndShadowsTheRest()
    {
        var book = Book("default: deny 30%");
        var modes = Enumerable.Range(0, 1000).ToDictionary(i => i, i => book.JudgeFor(Box($"box{i}")).Mode);
        Assert.InRange(modes.Values.Count(mode => mode == Mode.Enforce), 230, 370);
        Assert.Equal(0, modes.Values.Count(mode => mode == Mode.Observe));
        Assert.All(modes, pair => Assert.Equal(pair.Value, book.JudgeFor(Box($"box{pair.Key}")).Mode));
    }

    [Fact]
    public void ARolloutIsOfEnforcingAlone()
    {
        var book = Book("default: deny observe 30%");
        Assert.All(Enumerable.Range(0, 100), i => Assert.Equal(Mode.Observe, book.JudgeFor(Box($"box{i}")).Mode));
    }

    [Fact]
    public void AModeOnTheSandboxStandsOverTheRollout()
    {
        var book = Book("default: deny 1%");
        Assert.All(
            Enum.GetValues<Mode>(),
            mode => Assert.All(Enumerable.Range(0, 100), i => Assert.Equal(mode, book.JudgeFor(Box($"box{i}") with { Mode = mode }).Mode)));
    }

    [Fact]
    public void TheStrictestSwitchWins()
    {
        var book = Book("default: deny", "other: deny");
        Assert.False(book.JudgeFor(Box()).IsStrict);
        Assert.True(book.JudgeFor(Box() with { Strict = true }).IsStrict);
        book.SetStrict(true, "default", null, "ann");
        Assert.True(book.JudgeFor(Box()).IsStrict);
        Assert.False(book.JudgeFor(Box() with { Policy = "other" }).IsStrict);
        Assert.True(book.JudgeForPolicy("default")?.IsStrict);
        Assert.False(book.JudgeForPolicy("other")?.IsStrict);
        book.SetStrict(true, null, null, "bob");
        Assert.True(book.JudgeFor(Box() with { Policy = "other" }).IsStrict);
        book.SetStrict(false, null, null, "bob");
        Assert.True(book.JudgeFor(Box()).IsStrict);
        book.SetStrict(false, "default", null, "ann");
        Assert.False(book.JudgeFor(Box()).IsStrict);
        Assert.Equal(["ann", "bob", "bob", "ann"], stored.Select(one => one.Actor));
    }

    [Fact]
    public void StrictCanBeRampedUpByAStableShare()
    {
        var book = Book("default: deny");
        book.SetStrict(true, null, 10, "test");
        var tenth = Strict();
        book.SetStrict(true, null, 50, "test");
        var half = Strict();
        Assert.InRange(tenth.Count, 60, 140);
        Assert.InRange(half.Count, 430, 570);
        Assert.Subset(half, tenth);
        book.SetStrict(true, null, null, "test");
        Assert.Equal(1000, Strict().Count);

        HashSet<int> Strict() => [.. Enumerable.Range(0, 1000).Where(i => book.JudgeFor(Box($"box{i}")).IsStrict)];
    }

    [Fact]
    public void AStrictSwitchThatCannotBeStoredIsNotInForce()
    {
        var book = new PolicyBook(new PolicyOptions("/"), new Guard(), StrictSwitch.Off, TestRevisions.From(5), (_, _) => throw new IOException("disk full"));
        Assert.Throws<IOException>(() => book.SetStrict(true, null, null, "test"));
        Assert.Equal((false, 5L), (book.Strict.On, book.Revision));
    }

    [Fact]
    public void EveryChangeHasALargerRevisionAndIsTold()
    {
        var book = Book();
        var seen = new List<long> { book.Revision };
        book.Changed += () => seen.Add(book.Revision);
        book.SetGuard(new Guard());
        book.SetStrict(true, null, null, "test");
        book.Publish(ImmutableDictionary<string, Policy>.Empty, ImmutableDictionary<string, string>.Empty);
        Assert.Equal([seen[0], seen[0] + 1, seen[0] + 2, seen[0] + 3], seen);
    }

    [Fact]
    public void AJudgeKeepsTheStateOfItsMoment()
    {
        var book = Book("default: deny");
        var before = book.JudgeFor(Box());
        book.Publish(Shelf("default: allow"), ImmutableDictionary<string, string>.Empty.Add("default", "broken"));
        book.SetStrict(true, null, null, "test");
        Assert.Equal((Decision.Deny, false), (before.Policy?.Default, before.IsStrict));
        var after = book.JudgeFor(Box());
        Assert.Equal((Decision.Allow, true, "broken"), (after.Policy?.Default, after.IsStrict, book.LoadError("default")));
    }

    private static Sandbox Box(string id = "box") => new() { Id = id, Lifecycle = 1 };

    private static Reason Refusal(Judge judge)
    {
        var outcome = judge.Begin(new FlowFacts { Port = 443 });
        Assert.Equal(FlowStep.Refuse, outcome.Step);
        return outcome.Verdict.Reason;
    }

    // "name: default [off] [mode] [rollout]"
    private static ImmutableDictionary<string, Policy> Shelf(params string[] policies) => policies.Select(Compile).ToImmutableDictionary(policy => policy.Name);

    private static Policy Compile(string line)
    {
        var words = line.Split(' ');
        var text = $"name: {words[0].TrimEnd(':')}\ndefault: {words[1]}\nenabled: {(words.Contains("off") ? "false" : "true")}\n";
        text += words.FirstOrDefault(word => word is "shadow" or "observe") is { } mode ? $"mode: {mode}\n" : string.Empty;
        text += words.FirstOrDefault(word => word.EndsWith('%')) is { } share ? $"rollout: {share}\n" : string.Empty;
        var reading = PolicyYaml.Read(text, "test.yaml", "test");
        Assert.Empty(reading.Errors);
        Assert.NotNull(reading.Document);
        return PolicyCompiler.Compile(reading.Document, 1, DateTimeOffset.UnixEpoch);
    }

    private PolicyBook Book(params string[] policies) => BookFor(PolicyOptions.DenyAll, "default", policies);

    private PolicyBook BookFor(string unknown, string standard, params string[] policies)
    {
        var book = new PolicyBook(new PolicyOptions("/", standard, unknown), new Guard(), StrictSwitch.Off, TestRevisions.From(0), (strict, actor) => stored.Add((strict, actor)));
        book.Publish(Shelf(policies), ImmutableDictionary<string, string>.Empty);
        return book;
    }
}
