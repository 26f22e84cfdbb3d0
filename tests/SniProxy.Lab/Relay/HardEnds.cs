using System.Net.Sockets;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Relay;

/// <summary>A reset says that something went wrong; an orderly close says that all is well. Neither may turn into the other on the way.</summary>
public sealed class HardEnds(Lab lab)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    [Theory]
    [Trait("Set", "correctness")]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public async Task ServersResetIsTheClientsReset(Door door, Family family)
    {
        var appliance = await lab.ApplianceAsync(RawPort.Settings, door);
        var mark = appliance.Events.Mark;
        await using var server = new TcpServer(lab.Internet, RawPort.Endpoints(RawPort.ClientFirst), async (server, socket, stop) =>
        {
            await server.ReadAsync(socket, new byte[100], stop);
            socket.LingerState = new LingerOption(true, 0);
        });
        using var socket = await Opening.OpenAsync(
            lab.Sandbox, new Route(door, family), RawPort.Name(family), RawPort.Host.At(family, RawPort.ClientFirst));
        await socket.SendAllAsync(RawPort.Payload(10));
        var failure = await Assert.ThrowsAsync<SocketException>(() => socket.ReceiveToEndAsync(Patience));
        Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
        await appliance.Events.FirstAsync(mark, e => e.Is("ending", "upstream_reset"));
    }

    [Theory]
    [Trait("Set", "correctness")]
    [MemberData(nameof(Doors.AndFamilies), MemberType = typeof(Doors))]
    public async Task ClientsResetIsTheServersReset(Door door, Family family)
    {
        var appliance = await lab.ApplianceAsync(RawPort.Settings, door);
        var mark = appliance.Events.Mark;
        var end = new TaskCompletionSource<SocketError>();
        await using var server = new TcpServer(lab.Internet, RawPort.Endpoints(RawPort.ClientFirst), async (server, socket, stop) =>
        {
            try
            {
                await TcpServer.EchoAsync(server, socket, stop);
                end.SetResult(SocketError.Success);
            }
            catch (SocketException failure)
            {
                end.SetResult(failure.SocketErrorCode);
            }
        });
        var socket = await Opening.OpenAsync(
            lab.Sandbox, new Route(door, family), RawPort.Name(family), RawPort.Host.At(family, RawPort.ClientFirst));
        await socket.SendAllAsync(RawPort.Payload(10));
        Assert.Equal(10, (await socket.ReceiveAsync(10, Patience)).Length);
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
        Assert.Equal(SocketError.ConnectionReset, await end.Task.WaitAsync(Patience, TestContext.Current.CancellationToken));
        await appliance.Events.FirstAsync(mark, e => e.Is("ending", "client_reset"));
    }

    [Fact]
    public async Task NobodyAnsweringIsAResetAndSaidSo()
    {
        var appliance = await lab.ApplianceAsync(RawPort.Settings, Door.Redirect);
        var mark = appliance.Events.Mark;
        using var socket = await lab.Sandbox.ConnectAsync(RawPort.Host.At(Family.IPv4, RawPort.ClientFirst));
        await socket.SendAllAsync(RawPort.Payload(10));
        var failure = await Assert.ThrowsAsync<SocketException>(() => socket.ReceiveToEndAsync(Patience));
        Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
        var told = await appliance.Events.FirstAsync(mark, e => e.Is("ending", "connect_failed"));
        Assert.True(told.Is("reason", "upstream_unreachable") && told.Is("verdict", "allow"), told.ToString());
    }
}
