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

    private string Describe(in Judge judge, string name) => words.Describe(judge, Wire.Host(name), judge.JudgeName(Wire.Host(name)), out _);
}
