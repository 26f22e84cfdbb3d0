using System.Diagnostics;
using System.Net.Sockets;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;
using SniProxy.Lab.Relay;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.RunTime;

/// <summary>What is open when a policy changes: what it no longer allows is closed within a second, and the rest does not notice.</summary>
public sealed class LiveChange(Lab lab) : IAsyncLifetime
{
    private const int Staying = RawPort.ClientFirst;
    private const int Going = RawPort.ClientFirst + 1;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly string Both = Policy($"{Staying}-{Going}");

    private static readonly ApplianceSettings Settings = ApplianceSettings.With(Both)
        .And("narrow", Policy($"{Staying}"))
        .And("everything", """
            version: 1
            default: allow
            """)
        .Set("Proxy:MaxConnectionsPerSandbox", 6_000)
        .Set("Proxy:NewConnectionsPerSecondPerSandbox", 10_000);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>What a test has changed would be the next one's surprise.</summary>
    public async ValueTask DisposeAsync()
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        await SwitchAsync(appliance, ApplianceSettings.PolicyName);
        await appliance.ReplacePolicyAsync(ApplianceSettings.PolicyName, Both);
    }

    [Theory]
    [InlineData(Door.Redirect)]
    [InlineData(Door.TProxy)]
    public Task OneCallClosesWhatTheNewPolicyDenies(Door door) => CloseHalfAsync(200, door, appliance => SwitchAsync(appliance, "narrow"));

    // As it is done when the inputs have been fetched: everything was allowed, and nothing is but what the next policy lists.
    [Fact]
    public async Task OneCallLeadsFromEverythingToADenialByDefault()
    {
        await SwitchAsync(await lab.ApplianceAsync(Settings, Door.Redirect), "everything");
        await CloseHalfAsync(200, Door.Redirect, appliance => SwitchAsync(appliance, "narrow"));
    }

    [Fact]
    public Task AReplacedFileClosesWhatItNoLongerAllows() =>
        CloseHalfAsync(200, Door.Redirect, appliance => appliance.ReplacePolicyAsync(ApplianceSettings.PolicyName, Policy($"{Staying}")));

    [Theory]
    [Trait("Tier", "full")]
    [InlineData(ApplianceSettings.PolicyName)]
    [InlineData("everything")]
    public async Task OfFiveThousandThoseThatAreDeniedAreClosedWithinASecond(string before)
    {
        await SwitchAsync(await lab.ApplianceAsync(Settings, Door.Redirect), before);
        await CloseHalfAsync(5_000, Door.Redirect, appliance => SwitchAsync(appliance, "narrow"));
    }

    private static string Policy(string ports) => $"""
        version: 1
        rules: ["tcp://203.0.113.30:{ports}"]
        """;

    private static async Task SwitchAsync(Appliance appliance, string policy) => (await appliance.ApiAsync(
        HttpMethod.Put, $"/sandboxes/{ApplianceSettings.SandboxId}/mode", $$"""{"policy":"{{policy}}"}""")).MustSucceed();

    private async Task CloseHalfAsync(int count, Door door, Func<Appliance, Task> change)
    {
        var appliance = await lab.ApplianceAsync(Settings, door);
        await using var server = new TcpServer(lab.Internet, [.. RawPort.Endpoints(Staying), .. RawPort.Endpoints(Going)], TcpServer.EchoAsync);
        var (staying, going) = (new List<Socket>(), new List<Socket>());
        try
        {
            for (var i = 0; i < count / 2; i++)
            {
                staying.Add(await EchoFlow.OpenAsync(lab.Sandbox, Staying));
                going.Add(await EchoFlow.OpenAsync(lab.Sandbox, Going));
            }

            var mark = appliance.Events.Mark;
            using var over = new CancellationTokenSource();
            var carrying = staying.Take(20).Select(socket => EchoFlow.CarryAsync(socket, over.Token)).ToList();

            // All others have something on its way while the change is made.
            var underWay = staying.Skip(20).Select((socket, at) => (Socket: socket, Payload: RawPort.Payload(1_000 + at % 500))).ToList();
            await Task.WhenAll(underWay.Select(one => one.Socket.SendAllAsync(one.Payload)));
            var changed = 0L;
            var ends = going.Select(socket => EchoFlow.EndAsync(socket, () => Volatile.Read(ref changed))).ToList();
            Volatile.Write(ref changed, Stopwatch.GetTimestamp());
            await change(appliance);
            var acknowledged = Stopwatch.GetTimestamp();
            var took = (await Task.WhenAll(ends)).Select(end => Stopwatch.GetElapsedTime(acknowledged, end)).Order().ToList();
            Assert.True(took[(int)(took.Count * 0.99)] < Soon, $"p99 {took[(int)(took.Count * 0.99)]} after the acknowledgement");
            await over.CancelAsync();
            Assert.All(await Task.WhenAll(carrying), rounds => Assert.True(rounds > 0));
            foreach (var (socket, payload) in underWay)
            {
                Assert.Equal(payload, await socket.ReceiveAsync(payload.Length, Patience));
            }

            await Task.WhenAll(staying.Select(socket => EchoFlow.RoundAsync(socket, 1)));
            await Waiting.UntilAsync(() => appliance.Events.Since(mark).Count(e => e.Is("ending", "revoked")) == count / 2, Patience, () => "not all are told");
            Assert.All(appliance.Events.Since(mark).Where(e => e.Is("kind", "flow")), e => Assert.True(e.Is("reason", "policy_changed"), e.ToString()));
            Assert.Equal(count / 2, await appliance.MetricAsync("sniproxy_active_connections"));
        }
        finally
        {
            staying.Concat(going).ToList().ForEach(socket => socket.Dispose());
        }

        await appliance.UntilQuietAsync();
    }
}
