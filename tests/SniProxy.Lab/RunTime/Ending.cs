using System.Net.Sockets;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;
using SniProxy.Lab.Relay;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.RunTime;

/// <summary>SIGTERM lets what is under way end and takes nothing new; SIGKILL loses nothing that was written.</summary>
public sealed class Ending(Lab lab) : IAsyncLifetime
{
    private const int Chunk = 100_000;
    private const int Chunks = 15;

    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await lab.EndApplianceAsync();

    [Fact]
    public async Task TransferUnderWayEndsWholeAndNothingNewIsTaken()
    {
        var appliance = await lab.ApplianceAsync(RawPort.Settings.Set("Proxy:DrainTimeout", "00:00:08"), Door.Redirect);
        await using var server = new TcpServer(lab.Internet, RawPort.Endpoints(RawPort.ServerFirst), SendSlowlyAsync);
        var mark = appliance.Events.Mark;
        using var socket = await lab.Sandbox.ConnectAsync(RawPort.Host.At(Family.IPv4, RawPort.ServerFirst));
        Assert.Single(await socket.ReceiveAsync(1, Patience));
        var rest = socket.ReceiveToEndAsync(Patience);

        appliance.Signal(Signals.Terminate);
        await Waiting.UntilAsync(async () => await IsRefusedAsync(), TimeSpan.FromSeconds(1), () => "connections are still taken");
        Assert.False(await appliance.AnswersAsync("/readyz"));
        Assert.True(await appliance.AnswersAsync("/healthz"));
        Assert.False(rest.IsCompleted, "the transfer was over before the claim was looked at");
        Assert.Equal(Chunk * Chunks - 1, (await rest).Length);
        socket.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await appliance.Process.ExitAsync(Patience));
        Assert.Contains(appliance.Events.Since(mark), e => e.Is("ending", "closed") && e["bytesDown"] == $"{Chunk * Chunks}");
    }

    [Fact]
    public async Task TransferThatNeverEndsIsCutAfterTheDrainTimeout()
    {
        var appliance = await lab.ApplianceAsync(RawPort.Settings.Set("Proxy:DrainTimeout", "00:00:01"), Door.Redirect);
        await using var server = new TcpServer(lab.Internet, RawPort.Endpoints(RawPort.ClientFirst), TcpServer.EchoAsync);
        using var socket = await lab.Sandbox.ConnectAsync(RawPort.Host.At(Family.IPv4, RawPort.ClientFirst));
        await socket.SendAllAsync(RawPort.Payload(10));
        Assert.Equal(10, (await socket.ReceiveAsync(10, Patience)).Length);
        var mark = appliance.Events.Mark;
        appliance.Signal(Signals.Terminate);
        Assert.Equal(0, await appliance.Process.ExitAsync(TimeSpan.FromSeconds(4)));
        Assert.Contains(appliance.Events.Since(mark), e => e.Is("ending", "drained"));
    }

    [Fact]
    public async Task ChainOfEventsGoesOnAfterSigkill()
    {
        var appliance = await lab.ApplianceAsync(LabPolicies.Ordinary, Door.Redirect);
        var hello = Hello.For(Places.Denied.Name);
        for (var round = 0; round < 2; round++)
        {
            var mark = appliance.Events.Mark;
            await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => Attempt.OfAsync(lab.Sandbox, Places.Denied.At(Family.IPv4, 443), hello)));
            await appliance.Events.FirstAsync(mark, e => e.Is("verdict", "deny"));
            appliance.Signal(Signals.Kill);
            await appliance.Process.ExitAsync(Patience);
            await appliance.RestartAsync();
        }

        var last = appliance.Events.Mark;
        await Attempt.OfAsync(lab.Sandbox, Places.Denied.At(Family.IPv4, 443), hello);
        await appliance.Events.FirstAsync(last, e => e.Is("verdict", "deny"));
        Assert.True(EventChainCheck.Verify(await File.ReadAllTextAsync(
            Path.Combine(appliance.DataFolder, "events.jsonl"), TestContext.Current.CancellationToken)) > 2);
    }

    private static async Task SendSlowlyAsync(TcpServer server, Socket socket, CancellationToken stop)
    {
        for (var i = 0; i < Chunks; i++)
        {
            await socket.SendAllAsync(new byte[Chunk], stop);
            await Task.Delay(Beat, stop);
        }

        socket.Shutdown(SocketShutdown.Send);
        await socket.ReceiveToEndAsync(Patience);
    }

    private async Task<bool> IsRefusedAsync()
    {
        try
        {
            using var socket = await lab.Sandbox.ConnectAsync(RawPort.Host.At(Family.IPv4, RawPort.ClientFirst));
            return false;
        }
        catch (SocketException failure)
        {
            return failure.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }
}
