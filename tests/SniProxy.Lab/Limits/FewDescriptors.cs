using System.Net.Sockets;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Limits;

/// <summary>256 descriptors and a thousand clients: what fits is served, the rest is turned away for next to nothing, and nobody has to restart anything.</summary>
public sealed class FewDescriptors(Lab lab)
{
    private const int Clients = 1000;
    private const int Limit = 256;
    private const double TenthOfACore = 0.1;

    /// <summary>What API, metrics and probes need to go on.</summary>
    private const int Kept = 8;

    /// <summary>A listener that spins takes half a core and more, which shows at once.</summary>
    private static readonly TimeSpan MeasuredTime = TimeSpan.FromSeconds(2);

    private static readonly ApplianceSettings Confined = LabPolicies.Ordinary
        .Set("Proxy:NewConnectionsPerSecondPerSandbox", 100_000)
        .Set("Proxy:MaxConnectionsPerSandbox", 10_000)
        .Under("prlimit", $"--nofile={Limit}:{Limit}");

    [Fact]
    public async Task SaturationCostsNextToNothingAndPasses()
    {
        var appliance = await lab.ApplianceAsync(Confined, Door.Redirect);
        var hello = Hello.For(Places.Allowed.Name);
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => HoldAsync(hello)));
        try
        {
            var served = clients.Count(c => c is not null);
            Assert.True(served > 0, "nobody was served");
            Assert.InRange(ProcessFigures.DescriptorsOf(appliance.Process.Id), 1, Limit - Kept);
            await Task.Delay(TimeSpan.FromSeconds(1));
            var before = ProcessFigures.ProcessorTimeOf(appliance.Process.Id);
            await Task.Delay(MeasuredTime);
            var cores = (ProcessFigures.ProcessorTimeOf(appliance.Process.Id) - before) / MeasuredTime;
            Assert.True(cores < TenthOfACore, $"{cores:P1} of a core with {served} clients served");

            Assert.Equal(served, await appliance.MetricAsync("sniproxy_active_connections"));
            Assert.Contains("nothing more", await TurnedAwayAsync(hello));
            Assert.True((await appliance.ApiAsync(HttpMethod.Get, "/status")).Succeeded);
            Assert.True(await appliance.AnswersAsync("/healthz"));
        }
        finally
        {
            foreach (var client in clients)
            {
                client?.Dispose();
            }
        }

        await Waiting.UntilAsync(
            async () => await TurnedAwayAsync(hello) == "" && await appliance.MetricAsync("sniproxy_active_connections") <= 1,
            TimeSpan.FromSeconds(2),
            () => "the appliance has not recovered");
    }

    [Fact]
    public async Task ConfiguredNumberThatDoesNotFitEndsTheStart()
    {
        await lab.EndApplianceAsync();
        var folder = Directory.CreateDirectory(Path.Combine(lab.Folder, "misfit")).FullName;
        Directory.CreateDirectory(Path.Combine(folder, "policies"));
        var configuration = Path.Combine(folder, "appsettings.json");
        await File.WriteAllTextAsync(
            configuration, LabPolicies.Ordinary.Set("Proxy:MaxConnections", 5000).Json, TestContext.Current.CancellationToken);
        var result = await lab.Gateway.RunAsync(["prlimit", $"--nofile={Limit}:{Limit}", .. ProductProgram.Words, "run", "--config", configuration]);
        Assert.True(result.ExitCode == 78, result.ToString());
        Assert.Contains("5000", result.Error, StringComparison.Ordinal);
        Assert.Contains($"{Limit}", result.Error, StringComparison.Ordinal);
        Assert.Contains("MaxConnections", result.Error, StringComparison.Ordinal);
    }

    // Served means that the allowed server's answer has begun; the connection then stays. Null for a client that was turned away.
    private async Task<Socket?> HoldAsync(byte[] hello)
    {
        Socket? socket = null;
        try
        {
            socket = await lab.Sandbox.ConnectAsync(Places.Allowed.At(Family.IPv4, 443), TimeSpan.FromSeconds(15));
            await socket.SendAllAsync(hello);
            if (await socket.ReceiveAsync(1, TimeSpan.FromSeconds(15)) is [TlsRecord.Handshake])
            {
                return socket;
            }
        }
        catch (SocketException)
        {
            // Turned away.
        }

        socket?.Dispose();
        return null;
    }

    private async Task<string> TurnedAwayAsync(byte[] hello)
    {
        using var socket = await HoldAsync(hello);
        return socket is null ? "nothing more is accepted" : "";
    }
}
