using SniProxy.Lab.Attacks;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Judgement;

/// <summary>The table in the policy language's order of judgement, row by row, with real packets.</summary>
public sealed class FiveRows(Lab lab)
{
    private static readonly ApplianceSettings Allow = ApplianceSettings.With("""
        version: 1
        mode: enforce
        default: deny
        rules: [allowed.example]
        """);

    private static readonly ApplianceSettings DenyAddressAllowName = ApplianceSettings.With("""
        version: 1
        mode: enforce
        default: deny
        rules:
          - deny: [203.0.113.66, "2001:db8::66"]
          - allow: allowed.example
        """);

    private static readonly ApplianceSettings AllowBlock = ApplianceSettings.With("""
        version: 1
        mode: enforce
        default: deny
        rules:
          - allow: ["203.0.113.0/24:8443", "[2001:db8::/64]:8443"]
        """);

    private static readonly ApplianceSettings DenyNameAllowRest = ApplianceSettings.With("""
        version: 1
        mode: enforce
        default: allow
        rules:
          - deny: evil.example
        """);

    [Theory]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public Task AllowedNameIsResolvedAndItsOwnAddressDialled(Door door, Family family) => AssertRewrittenAsync(Allow, door, family);

    [Theory]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public Task DeniedAddressIsPassedOverForTheNamesOwn(Door door, Family family) => AssertRewrittenAsync(DenyAddressAllowName, door, family);

    [Theory]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public async Task AddressRuleDialsWhatTheClientChoseWhateverTheName(Door door, Family family)
    {
        var appliance = await lab.ApplianceAsync(AllowBlock, door);
        var mark = appliance.Events.Mark;
        var result = await Clients.CurlAsync(
            lab.Sandbox, new Route(door, family), "https://anything.example:8443/", "-k", "--resolve", $"anything.example:8443:{Places.Denied.InUrl(family)}");
        Assert.True(result.Output == WebServer.PageOf(Places.Denied, family), result.ToString());
        var told = await appliance.Events.FirstAsync(mark, e => e["originalDestination"] == Places.Denied.At(family, 8443).ToString());
        Assert.True(told.Is("verdict", "allow") && !told.Root.GetProperty("rewritten").GetBoolean(), told.ToString());
    }

    [Theory]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public async Task AllowByDefaultDialsTheNamesOwnAddressNotTheDeniedHosts(Door door, Family family)
    {
        await lab.ApplianceAsync(DenyNameAllowRest, door);
        var before = await lab.TrafficAsync(Places.Evil);
        var known = await Clients.CurlAsync(
            lab.Sandbox, new Route(door, family), "https://allowed.example/", "--resolve", $"allowed.example:443:{Places.Evil.InUrl(family)}");
        WrongAddress.AssertPageOfTheRealHost(known);
        var unknown = await Clients.CurlAsync(
            lab.Sandbox, new Route(door, family), "https://nobody.example/", "--resolve", $"nobody.example:443:{Places.Evil.InUrl(family)}");
        Assert.True(unknown.ExitCode != 0 && unknown.Output.Length == 0, unknown.ToString());
        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Evil) - before);
    }

    [Theory]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public async Task AllowByDefaultDoesNotCoverSshToAnAddressNobodyResolved(Door door, Family family)
    {
        var appliance = await lab.ApplianceAsync(DenyNameAllowRest, door);
        var evil = await lab.TrafficAsync(Places.Evil);
        var denied = await lab.TrafficAsync(Places.Denied);
        var mark = appliance.Events.Mark;
        foreach (var place in (Place[])[Places.Evil, Places.Denied])
        {
            var result = await Clients.SshAsync(lab.Sandbox, family, place.At(family).ToString());
            Assert.True(result.ExitCode == 255 && !result.Said.Contains("remote software version", StringComparison.Ordinal), result.ToString());
            var told = await appliance.Events.FirstAsync(mark, e => e["originalDestination"] == place.At(family, 22).ToString());
            Assert.True(told.Is("verdict", "deny") && told.Is("reason", "no_server_name"), told.ToString());
        }

        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Evil) - evil);
        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Denied) - denied);
    }

    private async Task AssertRewrittenAsync(ApplianceSettings settings, Door door, Family family)
    {
        var appliance = await lab.ApplianceAsync(settings, door);
        var before = await lab.TrafficAsync(Places.Evil);
        var mark = appliance.Events.Mark;
        var result = await Clients.CurlAsync(
            lab.Sandbox, new Route(door, family), "https://allowed.example/", "--resolve", $"allowed.example:443:{Places.Evil.InUrl(family)}");
        WrongAddress.AssertPageOfTheRealHost(result);
        var told = await appliance.Events.FirstAsync(mark, e => e["originalDestination"] == Places.Evil.At(family, 443).ToString());
        Assert.True(told.Is("verdict", "allow") && told.Root.GetProperty("rewritten").GetBoolean(), told.ToString());
        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Evil) - before);
    }
}
