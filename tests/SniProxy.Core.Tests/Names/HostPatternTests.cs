using SniProxy.Core.Names;

namespace SniProxy.Core.Tests.Names;

public sealed class HostPatternTests
{
    [Theory]
    [InlineData("x.example", "x.example", true)]
    [InlineData("x.example", "a.x.example", false)]
    [InlineData("x.example", "xx.example", false)]
    [InlineData("x.example", "x.example.evil", false)]
    [InlineData("*.x.example", "a.x.example", true)]
    [InlineData("*.x.example", "x.example", false)]
    [InlineData("*.x.example", "a.b.x.example", false)]
    [InlineData("*.x.example", "notx.example", false)]
    [InlineData("*.x.example", "a.notx.example", false)]
    [InlineData("**.x.example", "a.x.example", true)]
    [InlineData("**.x.example", "a.b.c.x.example", true)]
    [InlineData("**.x.example", "x.example", false)]
    [InlineData("**.x.example", "notx.example", false)]
    [InlineData(".x.example", "x.example", true)]
    [InlineData(".x.example", "a.b.x.example", true)]
    [InlineData(".x.example", "notx.example", false)]
    [InlineData("s3.*.amazonaws.com", "s3.eu-west-1.amazonaws.com", true)]
    [InlineData("s3.*.amazonaws.com", "s3.amazonaws.com", false)]
    [InlineData("s3.*.amazonaws.com", "s3.a.b.amazonaws.com", false)]
    [InlineData("s3.*.amazonaws.com", "xs3.a.amazonaws.com", false)]
    [InlineData("api-*.x.example", "api-eu.x.example", true)]
    [InlineData("api-*.x.example", "api-.x.example", false)]
    [InlineData("api-*.x.example", "api-eu.de.x.example", false)]
    [InlineData("api-*.x.example", "xapi-eu.x.example", false)]
    [InlineData("*-api.x.example", "eu-api.x.example", true)]
    [InlineData("a*b*c.x.example", "aXXbYYc.x.example", true)]
    [InlineData("a*b*c.x.example", "abc.x.example", false)]
    [InlineData("a*bc.x.example", "abcbbc.x.example", true)]
    [InlineData("a*bc.x.example", "abc.x.example", false)]
    [InlineData("*a*a.x.example", "xaxa.x.example", true)]
    [InlineData("*a*a.x.example", "aaaa.x.example", true)]
    [InlineData("*a*a.x.example", "aaa.x.example", false)]
    [InlineData("*a*a.x.example", "xaa.x.example", false)]
    [InlineData("*.*.x.example", "a.b.x.example", true)]
    [InlineData("*.*.x.example", "a.x.example", false)]
    [InlineData("*.com", "example.com", true)]
    [InlineData("localhost", "localhost", true)]
    [InlineData("*.localhost", "localhost", false)]
    [InlineData(".localhost", "localhost", false)]
    [InlineData(".localhost", "a.localhost", true)]
    public void ComparesWholeLabels(string pattern, string name, bool matches) => Assert.Equal(matches, Pattern(pattern).Matches(Name(name)));

    [Theory]
    [InlineData("api.github.com", "github.com", true)]
    [InlineData("api.github.com", "com", true)]
    [InlineData("api.github.com", "api.github.com", false)]
    [InlineData("api.github.com", "hub.com", false)]
    [InlineData("*.x.example", "x.example", true)]
    [InlineData("*.x.example", "example", true)]
    [InlineData("*.x.example", "a.x.example", false)]
    [InlineData("**.x.example", "a.x.example", true)]
    [InlineData(".x.example", "x.example", true)]
    [InlineData("s3.*.amazonaws.com", "eu.amazonaws.com", true)]
    [InlineData("s3.*.amazonaws.com", "amazonaws.com", true)]
    [InlineData("s3.*.amazonaws.com", "s3.eu.amazonaws.com", false)]
    [InlineData("s3.*.amazonaws.com", "azonaws.com", false)]
    public void KnowsWhetherItNamesSomethingBelow(string pattern, string name, bool below) => Assert.Equal(below, Pattern(pattern).MatchesBelow(Name(name)));

    [Theory]
    [InlineData("*")]
    [InlineData("**")]
    [InlineData("***.x.example")]
    [InlineData("a.**.x.example")]
    [InlineData("a**.x.example")]
    [InlineData("**.*.x.example")]
    [InlineData(".*.x.example")]
    [InlineData("..x.example")]
    [InlineData("loc*")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("*.")]
    [InlineData("a..b")]
    [InlineData("*.x.example..")]
    [InlineData("x .example")]
    [InlineData("127.1")]
    public void RefusesWhatIsNoPatternWithAFix(string text)
    {
        Assert.False(HostPattern.TryParse(text, out _, out var fault));
        Assert.NotEqual(string.Empty, fault.Message);
        Assert.NotEqual(string.Empty, fault.Fix);
    }

    [Fact]
    public void TableFindsTheFirstThatMatches()
    {
        var random = new Random(42);
        string[] labels = ["a", "b", "x", "ab"];
        string Host(int depth) => string.Join('.', Enumerable.Range(0, depth).Select(_ => labels[random.Next(labels.Length)]).Append("example"));
        for (var round = 0; round < 300; round++)
        {
            var patterns = Enumerable.Range(0, random.Next(1, 30)).Select(_ => Pattern(random.Next(5) switch
            {
                0 => "*." + Host(random.Next(1, 3)),
                1 => "**." + Host(random.Next(0, 3)),
                2 => "." + Host(random.Next(0, 3)),
                3 => "a*." + Host(random.Next(1, 3)),
                _ => Host(random.Next(0, 4)),
            })).ToArray();
            var table = new HostTable<HostPattern>(patterns.Select(pattern => KeyValuePair.Create(pattern, pattern)));
            for (var probe = 0; probe < 60; probe++)
            {
                var name = Name(Host(random.Next(0, 5)));
                var expected = Array.FindIndex(patterns, pattern => pattern.Matches(name));
                Assert.Equal(expected >= 0, table.TryFind(name, out var found, out var position));
                Assert.Equal(expected >= 0 ? expected : int.MaxValue, position);
                Assert.Equal(expected >= 0 ? patterns[expected] : null, found);
            }
        }
    }

    private static HostPattern Pattern(string text)
    {
        Assert.True(HostPattern.TryParse(text, out var pattern, out var fault), fault.Message);
        return pattern;
    }

    private static HostName Name(string text)
    {
        Assert.Equal(HostNameSyntax.Valid, HostName.TryParse(text, out var name));
        Assert.NotNull(name);
        return name;
    }

    [Fact]
    public void NoNameMakesManyWildcardsInALabelSlow()
    {
        Assert.True(HostPattern.TryParse(string.Concat(Enumerable.Repeat("*a", 15)) + "*b.x.example", out var pattern, out _));
        Assert.Equal(HostNameSyntax.Valid, HostName.TryParse(new string('a', 63) + ".x.example", out var name));
        Assert.NotNull(name);

        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        Assert.False(pattern.Matches(name));
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(1));
    }
}
