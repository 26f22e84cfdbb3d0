using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Refuse;

/// <summary>What is neither TLS nor HTTP and stands on no list gets a reset, before a byte of it has gone anywhere.</summary>
public sealed class OtherProtocols(Lab lab)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public async Task SshToAnUnlistedPlaceHearsNoBanner(Door door, Family family)
    {
        await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        var before = await lab.TrafficAsync(Places.Denied);
        var result = await Clients.SshAsync(lab.Sandbox, family, Places.Denied.At(family).ToString());
        Assert.True(result.ExitCode == 255 && !result.Said.Contains("remote software version", StringComparison.Ordinal), result.ToString());
        Assert.True(result.Elapsed < Soon, result.ToString());
        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Denied) - before);
    }

    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public async Task NetcatToAnUnlistedPortGetsNothing(Door door, Family family)
    {
        await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        var before = await lab.TrafficAsync(Places.Denied);
        var result = await Clients.NetcatAsync(lab.Sandbox, Places.Denied.At(family).ToString(), 7, "anybody there?\n");
        // Words with a space behind the first look like a request, and are answered like one.
        Assert.True((result.Output.Length == 0 || result.Output.StartsWith("HTTP/1.1 403 ", StringComparison.Ordinal)) && !result.TimedOut, result.ToString());
        Assert.True(result.Elapsed < Soon, result.ToString());
        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Denied) - before);
    }

    /// <summary>An allowed name covers 80 and 443, not the host's other ports.</summary>
    [Theory]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public async Task AllowedHostIsRefusedOnAnotherPort(Door door, Family family)
    {
        await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        Assert.NotNull(await Clients.ResolveAsync(lab.Sandbox, Places.Allowed.Name, family));
        var ssh = await Clients.SshAsync(lab.Sandbox, family, Places.Allowed.Name);
        Assert.True(ssh.ExitCode == 255 && !ssh.Said.Contains("remote software version", StringComparison.Ordinal), ssh.ToString());
        var tls = await Refusal.OfAsync(
            lab.Sandbox, new Route(door, family), Places.Allowed.Name, Places.Allowed.At(family, 8443), Hello.For(Places.Allowed.Name));
        Assert.True(tls.Alert == Refusal.AccessDenied, tls.ToString());
    }

    [Theory]
    [InlineData(Family.IPv4)]
    [InlineData(Family.IPv6)]
    public async Task ConnectToAnUnlistedPlaceIsForbidden(Family family)
    {
        await lab.ApplianceAsync(LabPolicies.Ordinary, Door.Explicit);
        var before = await lab.TrafficAsync(Places.Denied);
        foreach (var target in (string[])["denied.example:22", "allowed.example:22", $"{Places.Denied.InUrl(family)}:22"])
        {
            var (socket, answer) = await ProxyTunnel.ConnectAsync(lab.Sandbox, new Route(Door.Explicit, family), target);
            using (socket)
            {
                Assert.True(ProxyTunnel.StatusOf(answer) == 403, $"{target}: {answer}");
            }
        }

        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Denied) - before);
    }

    /// <summary>On 443 only TLS: an SSH client that hides there is refused, whatever the name behind the address may do.</summary>
    [Theory]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public async Task SshOnTheTlsPortIsRefused(Door door, Family family)
    {
        var appliance = await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        Assert.NotNull(await Clients.ResolveAsync(lab.Sandbox, Places.Allowed.Name, family));
        var mark = appliance.Events.Mark;
        var result = await Clients.NetcatAsync(lab.Sandbox, Places.Allowed.At(family).ToString(), 443, "SSH-2.0-OpenSSH_9.2\r\n");
        Assert.True(result.Output.Length == 0, result.ToString());
        var told = await appliance.Events.FirstAsync(mark, e => e["originalDestination"] == Places.Allowed.At(family, 443).ToString() && e.Is("protocol", "ssh"));
        Assert.True(told.Is("verdict", "deny") && told.Is("reason", "protocol_mismatch"), told.ToString());
    }
}
