using System.Net.Sockets;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;
using SniProxy.Lab.Relay;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.RunTime;

/// <summary>What a rule lets a sandbox send, over all its connections.</summary>
public sealed class UploadBudget(Lab lab)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly ApplianceSettings Settings = ApplianceSettings.With("""
        version: 1
        rules:
          - allow: ["tcp://203.0.113.30:7000-7001"]
            limits: { upload: 1MB/1h }
        """);

    [Fact]
    public async Task AnUploadBudgetEndsTheUploadAndItsNeighbours()
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        await using var server = new TcpServer(lab.Internet, RawPort.Endpoints(RawPort.ClientFirst), TcpServer.SinkAsync);
        var mark = appliance.Events.Mark;
        using var idle = await OpenAsync();
        using var busy = await OpenAsync();
        await FloodAsync(busy);
        await EndAsync(idle);
        await Waiting.UntilAsync(
            () => appliance.Events.Since(mark).Count(e => e.Is("ending", "revoked") && e.Is("reason", "budget_exceeded")) == 2, Patience, () => "not told");
        using var late = await OpenAsync();
        await EndAsync(late);
        await appliance.Events.FirstAsync(mark, e => e.Is("ending", "refused") && e.Is("reason", "budget_exceeded") && e.Is("verdict", "deny"));
    }

    private async Task<Socket> OpenAsync()
    {
        var socket = await lab.Sandbox.ConnectAsync(RawPort.Host.At(Family.IPv4, RawPort.ClientFirst));
        await socket.SendAllAsync(RawPort.Payload(10));
        return socket;
    }

    // By close or by reset; nothing may come before that.
    private static async Task EndAsync(Socket socket)
    {
        try
        {
            Assert.Empty(await socket.ReceiveToEndAsync(Patience));
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.ConnectionReset)
        {
            // The way a connection ends that nobody has words for.
        }
    }

    private static async Task FloodAsync(Socket socket)
    {
        try
        {
            while (true)
            {
                await socket.SendAllAsync(new byte[64 * 1024]);
            }
        }
        catch (SocketException)
        {
            // Ended, as is claimed.
        }
    }
}
