using SniProxy.Enforcement;

namespace SniProxy.Tests.Enforcement;

/// <summary>What must be there before anything starts, and what is said when it is not.</summary>
public sealed class CapabilitiesTests
{
    [Theory]
    [InlineData("-net_admin,-net_raw", 77)]
    [InlineData("-net_admin", 0)]
    [InlineData("-net_raw", 0)]
    public async Task ATransparentListenerNeedsOneOfTwoCapabilities(string taken, int status)
    {
        using var process = ExecOwner.Demand(Interception.TProxy, "setpriv", "--bounding-set", taken, "--inh-caps", "-all");

        Assert.Equal(status == 77, (await process.ReadToEndAsync()).StartsWith("CAP_NET_RAW or CAP_NET_ADMIN", StringComparison.Ordinal));
        Assert.Equal(status, await process.StatusAsync());
    }

    [Fact]
    public async Task ARedirectListenerNeedsNone()
    {
        using var process = ExecOwner.Demand(Interception.Redirect, "setpriv", "--bounding-set", "-all", "--inh-caps", "-all");

        Assert.Equal("", await process.ReadToEndAsync());
        Assert.Equal(0, await process.StatusAsync());
    }

    [Theory]
    [InlineData("Name:\tx\nCapEff:\t0000000000001000\n", true, false)]
    [InlineData("CapEff:\t0000000000002000\n", false, true)]
    [InlineData("CapPrm:\t000001ffffffffff\n", false, false)]
    [InlineData("CapEff:\tnonsense\n", false, false)]
    [InlineData("", false, false)]
    public void ReadsEffectiveCapabilitiesOnly(string status, bool netAdmin, bool netRaw)
    {
        var privileges = Privileges.Parse(status);

        Assert.Equal((netAdmin, netRaw), (privileges.NetAdmin, privileges.NetRaw));
    }

    [Fact]
    public void SaysWhatRulesAndNamespacesLack()
    {
        var none = Privileges.Parse("");

        Assert.Contains(Capabilities.MissingForRules(none), missing => missing.What.Contains("CAP_NET_ADMIN", StringComparison.Ordinal));
        Assert.Contains(Capabilities.MissingForNamespaces(none), missing => missing.What.Contains("CAP_SYS_ADMIN", StringComparison.Ordinal));
    }

    [Fact]
    public void AMissingProgramIsNamedWithItsRemedy()
    {
        var error = Assert.Throws<MissingCapabilityException>(() => ExternalCommand.Locate("no-such-program"));

        Assert.Contains("no-such-program", error.Missing.What);
        Assert.StartsWith("install ", error.Missing.Fix);
    }

    [Fact]
    public async Task AFailedCommandSaysItsOwnWords()
    {
        var error = await Assert.ThrowsAsync<CommandFailedException>(() => ExternalCommand.DemandAsync(["ip", "link", "show", "no-such-link"]));

        Assert.Contains("no-such-link", error.Message);
        Assert.Contains("does not exist", error.Message);
    }

    [Theory]
    [InlineData(null, 1024, 24, 3, true, 312)]
    [InlineData(null, 1_000_000, 24, 3, true, 20_000)]
    [InlineData(312, 1024, 24, 3, true, 312)]
    [InlineData(313, 1024, 24, 3, false, 313)]
    [InlineData(30_000, 1_000_000, 24, 3, true, 30_000)]
    [InlineData(0, 1024, 24, 3, false, 0)]
    [InlineData(null, 113, 24, 3, true, 8)]
    [InlineData(null, 80, 24, 3, true, 5)]
    [InlineData(null, 66, 24, 3, false, 0)]
    [InlineData(5, 80, 24, 3, false, 5)]
    public void ConnectionsFitIntoTheDescriptorsThatAreLeft(int? configured, long limit, int open, int perFlow, bool fits, int cap)
    {
        Assert.Equal(fits, ConnectionCap.TryFit(configured, limit, open, perFlow, out var granted, out var error));
        Assert.Equal(cap, granted);
        Assert.Equal(fits, error is null);
    }

    [Fact]
    public void ACapThatDoesNotFitIsToldWithBothNumbers()
    {
        ConnectionCap.TryFit(50_000, 1024, 24, 3, out _, out var error);

        Assert.Contains("MaxConnections is 50000", error);
        Assert.Contains("RLIMIT_NOFILE 1024", error);
    }

    [Fact]
    public void CountsDescriptors()
    {
        var before = Descriptors.Open();
        using var file = File.OpenHandle("/dev/null");

        Assert.True(Descriptors.Open() > 0 && before > 0);
        Assert.InRange(Descriptors.RaiseLimit(), Descriptors.Open() + 1, long.MaxValue);
        Assert.Equal(Descriptors.Limit(), Descriptors.RaiseLimit());
    }
}
