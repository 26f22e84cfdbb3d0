using System.Net.Sockets;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Judgement;

/// <summary>A database: nothing in its protocol names the host, so the rule is about an address, or about a name that our DNS has bound to it.</summary>
public sealed class AddressRules(Lab lab)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly ApplianceSettings ByAddress = ApplianceSettings.With("""
        version: 1
        mode: enforce
        default: deny
        rules:
          - allow: ["203.0.113.30:5432", "[2001:db8::30]:5432"]
            protocol: postgres
        """);

    private static readonly ApplianceSettings ByName = ApplianceSettings.With("""
        version: 1
        mode: enforce
        default: deny
        rules: ["postgres://db.example"]
        """);

    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public async Task DatabaseIsReachedByItsAddress(Door door, Family family)
    {
        await lab.ApplianceAsync(ByAddress, door);
        await LogInAsync(door, family, $"{Places.Database.InUrl(family)}:{Database.Port}");
    }

    [Theory]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public async Task DatabaseIsReachedByABoundName(Door door, Family family)
    {
        await lab.ApplianceAsync(ByName, door);
        Assert.Equal(Places.Database.At(family).ToString(), await Clients.ResolveAsync(lab.Sandbox, Places.Database.Name, family));
        await LogInAsync(door, family, $"{Places.Database.Name}:{Database.Port}");
    }

    /// <summary>The second sandbox has not asked for the name: what the first one learned does not count for it.</summary>
    [Theory]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public async Task NameBoundByANeighbourDoesNotCount(Door door, Family family)
    {
        await lab.ApplianceAsync(ByName, door);
        Assert.NotNull(await Clients.ResolveAsync(lab.Sandbox, Places.Database.Name, family));
        var before = await lab.TrafficAsync(Places.Database);
        await AssertRefusedAsync(lab.SecondSandbox, Places.Database.At(family, Database.Port));
        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Database) - before);
    }

    [Theory]
    [MemberData(nameof(Doors.TransparentAndFamilies), MemberType = typeof(Doors))]
    public async Task OtherProtocolAndOtherHostStayRefused(Door door, Family family)
    {
        await lab.ApplianceAsync(ByAddress, door);
        var before = await lab.TrafficAsync(Places.Database);
        var evil = await lab.TrafficAsync(Places.Evil);
        foreach (var first in (string[])["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "anything else\n"])
        {
            await Clients.NetcatAsync(lab.Sandbox, Places.Database.At(family).ToString(), Database.Port, first);
        }

        await AssertRefusedAsync(lab.Sandbox, Places.Evil.At(family, Database.Port));
        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Database) - before);
        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Evil) - evil);
    }

    private static async Task AssertRefusedAsync(Namespace sandbox, System.Net.IPEndPoint destination)
    {
        try
        {
            using var socket = await sandbox.ConnectAsync(destination);
            await socket.SendAllAsync(Database.Startup);
            Assert.Empty(await socket.ReceiveAsync(1, Patience));
        }
        catch (SocketException refused)
        {
            Assert.True(refused.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionRefused, refused.Message);
        }
    }

    private async Task LogInAsync(Door door, Family family, string target)
    {
        var route = new Route(door, family);
        Socket socket;
        if (route.UsesProxy)
        {
            (socket, var answer) = await ProxyTunnel.ConnectAsync(lab.Sandbox, route, target);
            Assert.True(ProxyTunnel.StatusOf(answer) == 200, answer);
        }
        else
        {
            socket = await lab.Sandbox.ConnectAsync(Places.Database.At(family, Database.Port));
        }

        using (socket)
        {
            await socket.SendAllAsync(Database.SslRequest);
            Assert.Equal("N"u8.ToArray(), await socket.ReceiveAsync(1, Patience));
            await socket.SendAllAsync(Database.Startup);
            Assert.Equal((byte)'R', (await socket.ReceiveAsync(15, Patience))[0]);
            await socket.SendAllAsync("anything"u8.ToArray());
            socket.Shutdown(SocketShutdown.Send);
            Assert.Equal("anything"u8.ToArray(), await socket.ReceiveToEndAsync(Patience));
        }
    }
}
