using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies;

/// <summary>What <c>limits</c> may say, and what becomes of it.</summary>
public sealed class LimitsTests
{
    [Theory]
    [InlineData("20MB/1h", 20_000_000, 3600)]
    [InlineData("512KiB/30s", 524_288, 30)]
    [InlineData("1B/1s", 1, 1)]
    [InlineData("2GiB/7d", 2_147_483_648, 604_800)]
    [InlineData("3GB/90m", 3_000_000_000, 5400)]
    public void ReadsAnAmountAndItsTime(string text, long bytes, int seconds)
    {
        var limits = Assert.Single(Given.Rules($$$"""{"allow":"a.example","limits":{"upload":"{{{text}}}","connections":50,"newConnectionsPerSecond":5}}""").Rules).Limits;
        Assert.Equal(new RuleLimits { UploadBytes = bytes, UploadWindow = TimeSpan.FromSeconds(seconds), Connections = 50, NewConnectionsPerSecond = 5 }, limits);
    }

    [Theory]
    [InlineData("20MB")]
    [InlineData("20/1h")]
    [InlineData("MB/1h")]
    [InlineData("0MB/1h")]
    [InlineData("-1MB/1h")]
    [InlineData("1.5MB/1h")]
    [InlineData("20mb/1h")]
    [InlineData("20MB/h")]
    [InlineData("20MB/0s")]
    [InlineData("20MB/8d")]
    [InlineData("20MB/1w")]
    [InlineData("20MB/1h/1h")]
    [InlineData(" 20MB/1h")]
    [InlineData("9999999999GB/1h")]
    [InlineData("")]
    public void RefusesWhatIsNoBudget(string text)
    {
        var error = Assert.Single(Given.Read($$$"""{"rules":[{"allow":"a.example","limits":{"upload":"{{{text}}}"}}]}""").Errors);
        Assert.Equal("rules[0].limits.upload", error.Path);
        Assert.Contains("such as 20MB/1h", error.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{}""", "rules[0].limits")]
    [InlineData("""5""", "rules[0].limits")]
    [InlineData("""{"connections":0}""", "rules[0].limits.connections")]
    [InlineData("""{"connections":1000001}""", "rules[0].limits.connections")]
    [InlineData("""{"newConnectionsPerSecond":"5"}""", "rules[0].limits.newConnectionsPerSecond")]
    [InlineData("""{"uplaod":"20MB/1h"}""", "rules[0].limits.uplaod")]
    public void RefusesWhatIsNoLimit(string limits, string path) =>
        Assert.Equal(path, Assert.Single(Given.Read($$$"""{"rules":[{"allow":"a.example","limits":{{{limits}}}}]}""").Errors).Path);

    [Fact]
    public void BelongToWhatLetsPass()
    {
        Assert.True(Given.Rules("""{"audit":"a.example","limits":{"connections":1}}""").HasLimits);
        Assert.False(Given.Rules("\"a.example\"").HasLimits);
        var error = Assert.Single(Given.Read("""{"rules":[{"deny":"a.example","limits":{"connections":1}}]}""").Errors);
        Assert.Contains("allow or audit rule", error.Fix, StringComparison.Ordinal);
    }
}
