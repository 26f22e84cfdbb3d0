using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Attacks;

/// <summary>Names and addresses that lead inside: to the cloud's metadata, to private networks. A rule for the name alone never opens them.</summary>
public sealed class InnerAddresses(Lab lab)
{
    private static readonly ApplianceSettings NamesThatLeadInside = ApplianceSettings.With("""
        version: 1
        mode: enforce
        default: deny
        rules:
          - allow: [priv.example, metadata.example]
          - allow: ["169.254.169.254:80", "[fd00:ec2::254]:80"]
            label: even an address rule does not open this one
        """);

    private static readonly ApplianceSettings PrivateNetworkOpened = ApplianceSettings.With("""
        version: 1
        mode: enforce
        default: deny
        rules:
          - allow: priv.example
            resolvesTo: [10.0.0.0/24, "fd10::/64"]
        """);

    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public async Task MetadataIsNeverReached(Door door, Family family)
    {
        var appliance = await lab.ApplianceAsync(NamesThatLeadInside, door);
        var before = await lab.TrafficAsync(Places.Metadata);
        var mark = appliance.Events.Mark;
        var byAddress = await Clients.CurlAsync(
            lab.Sandbox, new Route(door, family), $"http://{Places.Metadata.InUrl(family)}/latest/meta-data/", "-w", "%{http_code}", "-o", "/dev/null");
        Assert.True(byAddress.Output == "403", byAddress.ToString());
        await appliance.Events.FirstAsync(mark, e => e.Is("verdict", "deny") && e.Is("reason", "guard_never"));
        using var hosts = new Hosts(lab.Sandbox, ("metadata.example", Places.Metadata.At(family)));
        var byName = await Clients.CurlAsync(
            lab.Sandbox, new Route(door, family), "http://metadata.example/latest/meta-data/", "-w", "%{http_code}", "-o", "/dev/null");
        Assert.True(byName.Output == "403", byName.ToString());
        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Metadata) - before);
    }

    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public async Task AllowedNameOfAPrivateHostIsRefused(Door door, Family family)
    {
        var appliance = await lab.ApplianceAsync(NamesThatLeadInside, door);
        var before = await lab.TrafficAsync(Places.Private);
        Assert.Null(await Clients.ResolveAsync(lab.Sandbox, "priv.example", family));
        using var hosts = new Hosts(lab.Sandbox, ("priv.example", Places.Private.At(family)));
        var mark = appliance.Events.Mark;
        var https = await Clients.CurlAsync(lab.Sandbox, new Route(door, family), "https://priv.example/");
        Assert.True(https.ExitCode != 0 && https.Output.Length == 0, https.ToString());
        await appliance.Events.FirstAsync(mark, e => e.Is("name", "priv.example") && e.Is("reason", "guard_private"));
        var http = await Clients.CurlAsync(lab.Sandbox, new Route(door, family), "http://priv.example/", "-w", "%{http_code}", "-o", "/dev/null");
        Assert.True(http.Output == "403", http.ToString());
        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Private) - before);
    }

    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public async Task PrivateHostIsReachedWhereTheRuleNamesItsNetwork(Door door, Family family)
    {
        await lab.ApplianceAsync(PrivateNetworkOpened, door);
        var result = await Clients.CurlAsync(lab.Sandbox, new Route(door, family), "https://priv.example/");
        Assert.True(
            result.Output == WebServer.PageOf(Places.Private, family)
            || (door == Door.Explicit && result.Output == WebServer.PageOf(Places.Private, Family.IPv4))
            || (door == Door.Explicit && result.Output == WebServer.PageOf(Places.Private, Family.IPv6)),
            result.ToString());
    }

    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public async Task BarePrivateAddressIsRefused(Door door, Family family)
    {
        await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        var before = await lab.TrafficAsync(Places.Private);
        var http = await Clients.CurlAsync(
            lab.Sandbox, new Route(door, family), $"http://{Places.Private.InUrl(family)}/", "-w", "%{http_code}", "-o", "/dev/null");
        Assert.True(http.Output == "403", http.ToString());
        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Private) - before);
    }
}
