using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Dns;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Dns;

/// <summary>Words that were said lately are kept, and said of nothing else.</summary>
public sealed class DenialWordsTests
{
    // Several times as many as are kept.
    private const int Names = 5_000;

    private readonly DenialWords words = new();

    [Fact]
    public void EachNameHasItsOwnWordsWhoeverHadTheirPlaceBefore()
    {
        var judge = DnsDoor.Compile("rules: [good.example]");
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < Names; i++)
            {
                Assert.Contains($"n{i}.example", Describe(judge, $"n{i}.example"), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void AnotherPolicyHasWordsOfItsOwn()
    {
        const string Name = "a.b.good.example";
        var (far, near) = (DnsDoor.Compile("rules: [other.example]"), DnsDoor.Compile("rules: ['*.good.example']"));
        Assert.NotEqual(Describe(far, Name), Describe(near, Name));
        Assert.Equal(near.Describe(Wire.Host(Name), near.JudgeName(Wire.Host(Name)), out var nearMiss), Describe(near, Name));
        Assert.NotNull(nearMiss);
    }

    // An alias may lead to one denied name now and to another one later, under the same question.
    [Fact]
    public void AnotherRuleHasWordsOfItsOwn()
    {
        var judge = DnsDoor.Compile("rules: [{deny: one.test, label: first}, {deny: two.test, label: second}, good.example]");
        foreach (var (hop, label) in new[] { ("one.test", "first"), ("two.test", "second"), ("one.test", "first") })
        {
            var denial = judge.DenialOver([Wire.Host(hop)]);
            Assert.NotNull(denial);
            Assert.Contains(label, words.Describe(judge, Wire.Host("good.example"), denial.Value, out _), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void WordsThatDependOnCircumstancesAreFoundEachTime()
    {
        var compiled = DnsDoor.Compile("rules: [{allow: good.example, when: {labels: {phase: build}}}]");
        Assert.NotNull(compiled.Policy);
        foreach (var phase in new[] { "build", "run", "build" })
        {
            var labels = new Dictionary<string, string> { ["phase"] = phase };
            var judge = new Judge(compiled.Policy, Mode.Enforce, strict: false, new Guard(), new Circumstances(labels, [], TimeSpan.Zero, DateTimeOffset.UtcNow));
            var name = Wire.Host("www.good.example");
            Assert.Equal(judge.Describe(name, judge.JudgeName(name), out _), Describe(judge, name.Value));
        }
    }

    private string Describe(in Judge judge, string name) => words.Describe(judge, Wire.Host(name), judge.JudgeName(Wire.Host(name)), out _);
}
