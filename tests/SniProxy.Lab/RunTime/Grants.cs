using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.RunTime;

/// <summary>A grant opens one host for as long as it says, as often as it says, and closes what it opened.</summary>
public sealed class Grants(Lab lab) : IAsyncLifetime
{
    private const int LatePort = 9443;

    private static readonly byte[] HelloToDenied = Hello.For(Places.Denied.Name);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly ApplianceSettings Settings = LabPolicies.Ordinary.Set("Proxy:DrainTimeout", "00:00:01");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        foreach (var id in (await ListAsync(appliance)).EnumerateArray().Select(grant => grant.GetProperty("id").GetString()))
        {
            (await appliance.ApiAsync(HttpMethod.Delete, $"/grants/{id}")).MustSucceed();
        }
    }

    [Theory]
    [InlineData(Door.Redirect)]
    [InlineData(Door.TProxy)]
    public async Task OpensForTwoSecondsAndClosesWhatItOpened(Door door)
    {
        var appliance = await lab.ApplianceAsync(Settings, door);
        Assert.False(await PassesAsync());
        var mark = appliance.Events.Mark;
        var since = Stopwatch.GetTimestamp();
        (await appliance.VerbAsync("grant", "add", "--sandbox", ApplianceSettings.SandboxId, "--ttl", "2s", Places.Denied.Name)).MustSucceed();
        Assert.Equal(1, await appliance.MetricAsync("sniproxy_grants"));
        using var open = await lab.Sandbox.ConnectAsync(Places.Denied.At(Family.IPv4, 443));
        await open.SendAllAsync(HelloToDenied);
        Assert.NotEmpty(await open.ReceiveAsync(1, Patience));
        Assert.Null(await Record.ExceptionAsync(() => open.ReceiveToEndAsync(Patience).WaitAsync(Patience)) as TimeoutException);
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2) + VerbTime + Soon);
        Assert.False(await PassesAsync());
        Assert.Equal(0, await appliance.MetricAsync("sniproxy_grants"));
        var told = await appliance.Events.FirstAsync(mark, e => e.Is("ending", "revoked"));
        Assert.True(told.Is("reason", "policy_changed") && told["grant"] is { Length: > 0 } && told["rule"] is null, told.ToString());
        var changes = new EventFile(Path.Combine(appliance.DataFolder, "changes.jsonl"));
        await changes.FirstAsync(0, e => e.Is("kind", "change") && e.Is("actor", "ttl") && e["grant"] == told["grant"]);
    }

    [Fact]
    public async Task ForOneConnectionRefusesTheSecond()
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        (await GiveAsync(appliance, "1h", ""","maxUses":1""")).MustSucceed();
        Assert.True(await PassesAsync());
        Assert.False(await PassesAsync());
        appliance.Signal(Signals.Kill);
        await appliance.Process.ExitAsync(Patience);
        await appliance.RestartAsync();
        Assert.False(await PassesAsync(), "a restart has given the use back");
    }

    // The place is there and its port is closed, then the port is open: what failed has used nothing.
    [Theory]
    [InlineData(Door.Redirect)]
    [InlineData(Door.TProxy)]
    public async Task IsNotUsedByWhatCannotBeReached(Door door)
    {
        var appliance = await lab.ApplianceAsync(Settings, door);
        (await GiveAsync(appliance, "1h", ""","maxUses":1""", $"{Places.Denied.Name}:{LatePort}")).MustSucceed();
        var mark = appliance.Events.Mark;
        for (var i = 0; i < 3; i++)
        {
            Assert.False(await IsEchoedAsync());
        }

        await appliance.Events.FirstAsync(mark, e => e.Is("reason", "upstream_unreachable") && e["grant"] is { Length: > 0 });
        await using var server = new TcpServer(lab.Internet, [Places.Denied.At(Family.IPv4, LatePort)], TcpServer.EchoAsync);
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => IsEchoedAsync()));
        Assert.Equal(1, answers.Count(isEchoed => isEchoed));
        Assert.Equal(1, server.Accepted);
    }

    [Fact]
    public async Task GoesOnOverAKillForWhatWasLeftOfIt()
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        var since = Stopwatch.GetTimestamp();
        (await GiveAsync(appliance, "5s")).MustSucceed();
        appliance.Signal(Signals.Kill);
        await appliance.Process.ExitAsync(Patience);
        await appliance.RestartAsync();
        Assert.True(await PassesAsync() || Stopwatch.GetElapsedTime(since) > TimeSpan.FromSeconds(4), "the kill has ended the grant");
        await Waiting.UntilAsync(async () => !await PassesAsync(), TimeSpan.FromSeconds(10), () => "the grant does not end");
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(5) + Soon);
    }

    // The appliance's wall clock is set by somebody else, a day back and a day on, while the grant lasts and once over a restart.
    [Theory]
    [Trait("Tier", "full")]
    [InlineData("-1d", false)]
    [InlineData("+1d", false)]
    [InlineData("-1d", true)]
    public async Task NeverOutlivesItsTimeWhateverTheClockDoes(string jump, bool isRestarted)
    {
        var clock = Path.Combine(Path.GetTempPath(), $"sniproxy-lab-clock-{Guid.NewGuid():n}");
        await File.WriteAllTextAsync(clock, "+0", TestContext.Current.CancellationToken);
        try
        {
            var appliance = await lab.ApplianceAsync(
                Settings.Under("env", $"LD_PRELOAD={FakeTime}", $"FAKETIME_TIMESTAMP_FILE={clock}", "FAKETIME_NO_CACHE=1", "DONT_FAKE_MONOTONIC=1"), Door.Redirect);
            var since = Stopwatch.GetTimestamp();
            (await GiveAsync(appliance, "8s")).MustSucceed();
            await File.WriteAllTextAsync(clock, jump, TestContext.Current.CancellationToken);
            if (isRestarted)
            {
                appliance.Signal(Signals.Kill);
                await appliance.Process.ExitAsync(Patience);
                await appliance.RestartAsync();
            }
            else
            {
                Assert.True(await PassesAsync(), "the jump has ended the grant");
            }

            await Waiting.UntilAsync(async () => !await PassesAsync(), TimeSpan.FromSeconds(10), () => "the grant does not end");
            Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.FromSeconds(isRestarted ? 1 : 7), TimeSpan.FromSeconds(8) + Soon);
            await appliance.Events.FirstAsync(0, e => IsFarAway(e["time"]));
        }
        finally
        {
            await lab.EndApplianceAsync();
            File.Delete(clock);
        }
    }

    // Without this the clock would not have jumped, and the test would show nothing.
    private static bool IsFarAway(string? time) =>
        (DateTimeOffset.Parse(time ?? string.Empty, System.Globalization.CultureInfo.InvariantCulture) - DateTimeOffset.UtcNow).Duration() > TimeSpan.FromHours(20);

    // A verb starts a runtime of its own before it says anything.
    private static TimeSpan VerbTime => TimeSpan.FromSeconds(4);

    private static string FakeTime => Directory.EnumerateFiles("/usr/lib", "libfaketime.so.1", SearchOption.AllDirectories).FirstOrDefault()
        ?? throw new LabException("libfaketime is missing: install the package faketime.");

    private static Task<ApiAnswer> GiveAsync(Appliance appliance, string ttl, string more = "", string? entry = null) => appliance.ApiAsync(
        HttpMethod.Post, "/grants", $$"""{"sandbox":"{{ApplianceSettings.SandboxId}}","entries":["{{entry ?? Places.Denied.Name}}"],"ttl":"{{ttl}}"{{more}}}""");

    private static async Task<JsonElement> ListAsync(Appliance appliance)
    {
        using var list = JsonDocument.Parse((await appliance.ApiAsync(HttpMethod.Get, "/grants")).Body);
        return list.RootElement.GetProperty("items").Clone();
    }

    private async Task<bool> IsEchoedAsync() =>
        await Attempt.OfAsync(lab.Sandbox, Places.Denied.At(Family.IPv4, LatePort), HelloToDenied) is { Type: TlsRecord.Handshake };

    private async Task<bool> PassesAsync() => await Attempt.OfAsync(lab.Sandbox, Places.Denied.At(Family.IPv4, 443), HelloToDenied) switch
    {
        { IsServerHello: true } => true,
        { IsAccessDenied: true } => false,
        var other => throw new LabException($"neither served nor refused: {other}"),
    };
}
