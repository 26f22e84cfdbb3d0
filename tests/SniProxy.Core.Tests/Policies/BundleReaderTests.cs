using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies;

/// <summary>A bundle lists hosts and decides nothing else for whoever uses it.</summary>
public sealed class BundleReaderTests
{
    private const string Good = """{"name":"b","owner":"us","edition":"2026-11-26","rules":[{"allow":"a.example","source":"https://docs.example/"}]}""";

    [Fact]
    public void ReadsWhatIsPlain()
    {
        var reading = Read(Good);
        Assert.Empty(reading.Errors);
        Assert.Equal("b", reading.Document?.Name);
    }

    [Theory]
    [InlineData("\"name\":\"b\"", "\"name\":\"c\"", "write name: b")]
    [InlineData("\"owner\":\"us\",", "", "write edition")]
    [InlineData("\"edition\":\"2026-11-26\",", "", "write edition")]
    [InlineData("\"owner\"", "\"default\":\"allow\",\"owner\"", "take it out of the bundle")]
    [InlineData("\"owner\"", "\"mode\":\"observe\",\"owner\"", "take it out of the bundle")]
    [InlineData("\"owner\"", "\"enabled\":false,\"owner\"", "take it out of the bundle")]
    [InlineData("\"allow\"", "\"deny\"", "allow rules")]
    [InlineData("\"allow\"", "\"audit\"", "allow rules")]
    [InlineData("a.example", "any", "allow rules")]
    [InlineData(",\"source\":\"https://docs.example/\"", ",\"label\":\"x\"", "write source")]
    [InlineData("\"source\"", "\"priority\":1,\"source\"", "allow rules")]
    [InlineData("\"source\"", "\"except\":\"x.example\",\"source\"", "allow rules")]
    [InlineData("\"source\"", "\"limits\":{\"connections\":1},\"source\"", "allow rules")]
    [InlineData("\"source\"", "\"when\":{\"labels\":{\"a\":\"b\"}},\"source\"", "allow rules")]
    [InlineData("\"source\"", "\"expires\":\"2099-01-01T00:00:00Z\",\"source\"", "allow rules")]
    [InlineData("\"source\"", "\"resolvesTo\":\"10.0.0.0/8\",\"source\"", "allow rules")]
    [InlineData("a.example", "https://a.example/path", "write \"https://a.example\"")]
    public void RefusesWhatIsNot(string good, string bad, string fix)
    {
        Assert.Contains(good, Good, StringComparison.Ordinal);
        var reading = Read(Good.Replace(good, bad, StringComparison.Ordinal));
        Assert.Null(reading.Document);
        Assert.Contains(fix, Assert.Single(reading.Errors).Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void WhoeverUsesABrokenOneIsToldWhatIsBroken()
    {
        var shelf = new BundleShelf("here", ["b"], name => BundleReader.Read(JsonNodes.Parse(Good.Replace("\"allow\"", "\"deny\"", StringComparison.Ordinal)), $"{name}.yaml", name));
        var error = Assert.Single(PolicyDocumentReader.Read(JsonNodes.Parse("""{"use":["b"],"rules":["c.example"]}"""), "p.yaml", "p", shelf).Errors);
        Assert.Equal(("p.yaml", "use[0]"), (error.File, error.Path));
        Assert.Contains("b.yaml(1,", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatItListsCountsAmongTheEntriesOfWhoeverUsesIt()
    {
        var bundle = new PolicyDocument { Name = "b", Rules = [.. Enumerable.Repeat(BundleOf(Good).Rules[0], PolicyDocument.MaxEntries)] };
        var shelf = new BundleShelf("here", ["b"], _ => new PolicyReading(bundle, []));
        var error = Assert.Single(PolicyDocumentReader.Read(JsonNodes.Parse("""{"use":["b"],"rules":["c.example"]}"""), "p.yaml", "p", shelf).Errors);
        Assert.Contains("100,000", error.Message, StringComparison.Ordinal);
    }

    private static PolicyReading Read(string json) => BundleReader.Read(JsonNodes.Parse(json), "b.yaml", "b");

    private static PolicyDocument BundleOf(string json) => Read(json).Document ?? throw new InvalidOperationException();
}
