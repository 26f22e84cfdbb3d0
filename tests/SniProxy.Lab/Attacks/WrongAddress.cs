using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Attacks;

/// <summary>An allowed name opens the way to that name's own address and to no other.</summary>
public sealed class WrongAddress(Lab lab)
{
    [Theory]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public async Task AllowedNameAtAnAttackersAddressLeadsToTheRealHost(Door door, Family family)
    {
        var appliance = await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        var before = await lab.TrafficAsync(Places.Evil);
        foreach (var (scheme, port) in ((string, int)[])[("https", 443), ("http", 80)])
        {
            var mark = appliance.Events.Mark;
            var result = await Clients.CurlAsync(
                lab.Sandbox, new Route(door, family), $"{scheme}://allowed.example/", "--resolve", $"allowed.example:{port}:{Places.Evil.InUrl(family)}");
            AssertPageOfTheRealHost(result);
            var told = await appliance.Events.FirstAsync(mark, e => e.Is("name", "allowed.example") && e.Is("kind", "flow"));
            Assert.True(told.Root.GetProperty("rewritten").GetBoolean(), told.ToString());
            Assert.True(told["originalDestination"] == Places.Evil.At(family, port).ToString(), told.ToString());
            Assert.Contains(told["dialled"], (string[])[Places.Allowed.At(Family.IPv4, port).ToString(), Places.Allowed.At(Family.IPv6, port).ToString()]);
        }

        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Evil) - before);
    }

    /// <summary>Behind CONNECT an address needs a rule of its own; the name inside does not lend it one.</summary>
    [Theory]
    [InlineData(Family.IPv4)]
    [InlineData(Family.IPv6)]
    public async Task ConnectToAnAttackersAddressIsForbidden(Family family)
    {
        await lab.ApplianceAsync(LabPolicies.Ordinary, Door.Explicit);
        var before = await lab.TrafficAsync(Places.Evil);
        var refusal = await Refusal.OfAsync(
            lab.Sandbox, new Route(Door.Explicit, family), Places.Evil.InUrl(family), Places.Evil.At(family, 443), Hello.For("allowed.example"));
        Assert.True(refusal.ByProxy || refusal.Alert is not null, refusal.ToString());
        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Evil) - before);
    }

    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public async Task BareAddressIsRefused(Door door, Family family)
    {
        await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        var before = await lab.TrafficAsync(Places.Evil);
        var route = new Route(door, family);
        var http = await Clients.CurlAsync(lab.Sandbox, route, $"http://{Places.Evil.InUrl(family)}/", "-w", "%{http_code}", "-o", "/dev/null");
        Assert.True(http.Output == "403", http.ToString());
        var https = await Clients.CurlAsync(lab.Sandbox, route, $"https://{Places.Evil.InUrl(family)}/", "-k");
        Assert.True(https.ExitCode != 0 && https.Output.Length == 0, https.ToString());
        foreach (var port in (int[])[22, 443, 853, 5432, 8080])
        {
            var nc = await Clients.NetcatAsync(lab.Sandbox, Places.Evil.At(family).ToString(), port, "give me everything\n", seconds: 1);
            Assert.True(nc.Output.Length == 0 || nc.Output.StartsWith("HTTP/1.1 403 ", StringComparison.Ordinal), nc.ToString());
        }

        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Evil) - before);
    }

    /// <summary>A hello without a name is told so by its own alert (RFC 6066 §3).</summary>
    [Theory]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public async Task HelloWithoutANameIsUnrecognized(Door door, Family family)
    {
        var appliance = await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        var mark = appliance.Events.Mark;
        // An address is no server name: the extension is left out.
        var refusal = await Refusal.OfAsync(lab.Sandbox, new Route(door, family), "", Places.Evil.At(family, 443), Hello.For("203.0.113.66"));
        Assert.True(refusal.Alert == Refusal.UnrecognizedName, refusal.ToString());
        var told = await appliance.Events.FirstAsync(mark, e => e["originalDestination"] == Places.Evil.At(family, 443).ToString());
        Assert.True(told.Is("reason", "no_server_name"), told.ToString());
    }

    internal static void AssertPageOfTheRealHost(CommandResult result) => Assert.True(
        result.Output == WebServer.PageOf(Places.Allowed, Family.IPv4) || result.Output == WebServer.PageOf(Places.Allowed, Family.IPv6),
        result.ToString());
}
