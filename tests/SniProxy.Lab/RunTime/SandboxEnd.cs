using System.Diagnostics;
using System.Net.Sockets;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;
using SniProxy.Lab.Relay;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.RunTime;

/// <summary>A sandbox that is removed takes its open connections with it, and not a byte of its neighbour's.</summary>
public sealed class SandboxEnd(Lab lab) : IAsyncLifetime
{
    private const int EachOf = 50;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>A sandbox is gone from it.</summary>
    public async ValueTask DisposeAsync() => await lab.EndApplianceAsync();

    [Theory]
    [InlineData(Door.Redirect)]
    [InlineData(Door.TProxy)]
    public async Task ClosesItsConnectionsWithinASecondAndNoneOfItsNeighbour(Door door)
    {
        var appliance = await lab.ApplianceAsync(RawPort.Settings, door);
        await using var server = new TcpServer(lab.Internet, RawPort.Endpoints(RawPort.ClientFirst), TcpServer.EchoAsync);
        var (staying, going) = (new List<Socket>(), new List<Socket>());
        try
        {
            for (var i = 0; i < EachOf; i++)
            {
                var family = i % 2 == 0 ? Family.IPv4 : Family.IPv6;
                staying.Add(await EchoFlow.OpenAsync(lab.SecondSandbox, RawPort.ClientFirst, family));
                going.Add(await EchoFlow.OpenAsync(lab.Sandbox, RawPort.ClientFirst, family));
            }

            var mark = appliance.Events.Mark;
            using var over = new CancellationTokenSource();
            var carrying = staying.Select(socket => EchoFlow.CarryAsync(socket, over.Token)).ToList();
            var removed = 0L;
            var ends = going.Select(socket => EchoFlow.EndAsync(socket, () => Volatile.Read(ref removed))).ToList();
            Volatile.Write(ref removed, Stopwatch.GetTimestamp());
            (await appliance.ApiAsync(HttpMethod.Delete, $"/sandboxes/{ApplianceSettings.SandboxId}")).MustSucceed();
            var acknowledged = Stopwatch.GetTimestamp();
            Assert.All(await Task.WhenAll(ends), end => Assert.InRange(Stopwatch.GetElapsedTime(acknowledged, end), TimeSpan.FromSeconds(-1), Soon));

            // The neighbour has carried on until here and carries on from here.
            await over.CancelAsync();
            Assert.All(await Task.WhenAll(carrying), rounds => Assert.True(rounds > 0));
            await Task.WhenAll(staying.Select(socket => EchoFlow.RoundAsync(socket, 1)));
            await Waiting.UntilAsync(() => Ended(appliance, mark).Count == EachOf, Patience, () => $"{Ended(appliance, mark).Count} are told");
            Assert.All(Ended(appliance, mark), told => Assert.True(
                told.Is("sandbox", ApplianceSettings.SandboxId) && told.Is("ending", "revoked") && told.Is("reason", "policy_changed"), told.ToString()));
            Assert.Equal(EachOf, await appliance.MetricAsync("sniproxy_active_connections"));
            await IsUnknownAsync(appliance);
        }
        finally
        {
            staying.Concat(going).ToList().ForEach(socket => socket.Dispose());
        }

        await appliance.UntilQuietAsync();
    }

    private static List<LoggedEvent> Ended(Appliance appliance, long mark) => [.. appliance.Events.Since(mark).Where(told => told.Is("kind", "flow"))];

    // Its addresses are nobody's now.
    private async Task IsUnknownAsync(Appliance appliance)
    {
        var mark = appliance.Events.Mark;
        var attempt = await Attempt.OfAsync(lab.Sandbox, Places.Allowed.At(Family.IPv4, 443), Hello.For(Places.Allowed.Name));
        Assert.False(attempt is { IsServerHello: true }, $"{attempt}");
        var told = await appliance.Events.FirstAsync(mark, one => one.Is("verdict", "deny"));
        Assert.True(told.Is("reason", "unknown_sandbox"), told.ToString());
    }
}
