using System.Net;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Attacks;

/// <summary>The gateway forwards and every route exists; still nothing passes but what the appliance relays.</summary>
public sealed class NoWayAround(Lab lab)
{
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    /// <summary>HTTP/3 clients fall back to TCP when they are refused, and wait for seconds when they are ignored.</summary>
    [Theory]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public async Task QuicIsRefusedAtOnce(Door door, Family family)
    {
        await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        foreach (var place in (Place[])[Places.Evil, Places.Allowed])
        {
            var before = await lab.TrafficAsync(place, family);
            for (var i = 0; i < 10; i++)
            {
                Assert.NotNull(await Datagrams.RefusedAfterAsync(lab.Sandbox, place.At(family, 443), AtOnce));
            }

            Assert.Equal(Traffic.None, await lab.TrafficAsync(place, family) - before);
        }
    }

    [Theory]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public async Task NoOtherProtocolPasses(Door door, Family family)
    {
        await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        var before = await lab.TrafficAsync(Places.Evil);
        foreach (var port in (int[])[1, 123, 500, 853, 4500, 5353, 5355, 51820])
        {
            await Datagrams.SendUdpAsync(lab.Sandbox, Places.Evil.At(family, port));
        }

        foreach (var protocol in (int[])[family == Family.IPv4 ? Datagrams.Icmp : Datagrams.IcmpV6, Datagrams.Gre, Datagrams.Sctp])
        {
            await Datagrams.SendRawAsync(lab.Sandbox, Places.Evil.At(family), protocol);
        }

        // A round trip behind them: what was sent before it has been dealt with.
        var fence = await Clients.CurlAsync(lab.Sandbox, new Route(door, family), "https://allowed.example/");
        WrongAddress.AssertPageOfTheRealHost(fence);
        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Evil) - before);
    }

    [Theory]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public async Task KilledApplianceLetsNothingThrough(Door door, Family family)
    {
        var appliance = await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        try
        {
            appliance.Signal(Signals.Kill);
            await appliance.Process.ExitAsync(TimeSpan.FromSeconds(5));
            var evil = await lab.TrafficAsync(Places.Evil);
            var allowed = await lab.TrafficAsync(Places.Allowed);
            foreach (var place in (Place[])[Places.Evil, Places.Allowed])
            {
                var nc = await Clients.NetcatAsync(lab.Sandbox, place.At(family).ToString(), 443, "anybody?\n", seconds: 1);
                Assert.True(nc.Output.Length == 0, nc.ToString());
                await Datagrams.SendUdpAsync(lab.Sandbox, place.At(family, 53));
                await Datagrams.SendRawAsync(lab.Sandbox, place.At(family), family == Family.IPv4 ? Datagrams.Icmp : Datagrams.IcmpV6);
            }

            Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Evil) - evil);
            Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Allowed) - allowed);
            await appliance.RestartAsync();
            WrongAddress.AssertPageOfTheRealHost(await Clients.CurlAsync(lab.Sandbox, new Route(door, family), "https://allowed.example/"));
        }
        catch
        {
            // Nobody shall find it dead.
            await lab.EndApplianceAsync();
            throw;
        }
    }

    /// <summary>A sandbox that takes its neighbour's address gets nowhere, and nothing is written to the neighbour's account.</summary>
    [Theory]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public async Task NeighboursAddressLeadsNowhere(Door door, Family family)
    {
        var appliance = await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        var mark = appliance.Events.Mark;
        var stolen = $"{Places.SecondSandbox.At(family)}/{(family == Family.IPv4 ? 32 : 128)}";
        (await lab.Sandbox.RunAsync(["ip", "addr", "add", stolen, "dev", "eth0", .. family == Family.IPv6 ? (string[])["nodad"] : []])).MustSucceed();
        try
        {
            var result = await Clients.CurlAsync(
                lab.Sandbox, new Route(door, family), "https://allowed.example/", "--interface", Places.SecondSandbox.At(family).ToString(),
                "--connect-timeout", "1", "--resolve", $"allowed.example:443:{Places.Allowed.InUrl(family)}");
            Assert.True(result.ExitCode != 0 && result.Output.Length == 0, result.ToString());
        }
        finally
        {
            (await lab.Sandbox.RunAsync("ip", "addr", "del", stolen, "dev", "eth0")).MustSucceed();
        }

        Assert.DoesNotContain(appliance.Events.Since(mark), e => e.Is("sandbox", ApplianceSettings.SecondSandboxId));
    }

    /// <summary>API, metrics and the transparent listeners themselves are no destination for a sandbox.</summary>
    [Theory]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public async Task AppliancesOwnPortsAreClosedToASandbox(Door door, Family family)
    {
        await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        var outside = family == Family.IPv4 ? IPAddress.Parse("198.51.100.1") : IPAddress.Parse("2001:db8:ffff::1");
        foreach (var address in (IPAddress[])[Places.Gateway.At(family), outside])
        {
            foreach (var port in (int[])[8443, 8444, 9090, 9443])
            {
                var host = family == Family.IPv4 ? $"{address}" : $"[{address}]";
                var result = await Clients.CurlAsync(
                    lab.Sandbox, new Route(door, family), $"http://{host}:{port}/metrics", "--connect-timeout", "1", "-w", "%{http_code}", "-o", "/dev/null");
                Assert.True(result.Output is "000" or "403", result.ToString());
            }
        }
    }
}
