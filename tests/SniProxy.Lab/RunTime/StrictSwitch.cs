using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.RunTime;

/// <summary>
/// Strict mode comes and goes with the next decision, under load, and nothing else changes. The touchstone is an allowed name at an address
/// that our DNS did not give for it: enforce dials the name's own address instead, strict denies.
/// </summary>
public sealed class StrictSwitch(Lab lab) : IAsyncLifetime
{
    private const int ConnectionsPerSecond = 100;

    private static readonly TimeSpan Load = TimeSpan.FromSeconds(4);
    private static readonly byte[] HelloToAllowed = Hello.For(Places.Allowed.Name);

    /// <summary>A second's worth of connections may come at once after a pause of this machine.</summary>
    private static readonly ApplianceSettings Busy = LabPolicies.Ordinary.Set("Proxy:NewConnectionsPerSecondPerSandbox", 1000);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>What a failed test has left on would be the next one's surprise.</summary>
    public async ValueTask DisposeAsync()
    {
        var appliance = await lab.ApplianceAsync(Busy, Door.Redirect);
        (await appliance.ApiAsync(HttpMethod.Put, "/strict", """{"on":false}""")).MustSucceed();
        (await appliance.ApiAsync(HttpMethod.Put, $"/sandboxes/{ApplianceSettings.SandboxId}/mode", """{"strict":false}""")).MustSucceed();
    }

    [Fact]
    public async Task NextDecisionUnderLoadIsStrictAndNothingBreaks()
    {
        var appliance = await lab.ApplianceAsync(Busy, Door.Redirect);
        await BindAsync();
        var process = appliance.Process.Id;
        using var over = new CancellationTokenSource();
        var load = LoadAsync(over.Token);
        int made, failed;
        try
        {
            for (var round = 0; round < 10; round++)
            {
                Assert.True(await IsServedUnboundAsync(), "enforce dials the name's own address");
                var mark = appliance.Events.Mark;
                (await appliance.ApiAsync(HttpMethod.Put, "/strict", """{"on":true}""")).MustSucceed();
                Assert.False(await IsServedUnboundAsync(), "the first decision after the acknowledgement was not strict");
                var told = await appliance.Events.FirstAsync(mark, e => e.Is("verdict", "deny"));
                Assert.True(
                    told.Is("reason", "unbound_name") && told["originalDestination"] == Places.Denied.At(Family.IPv4, 443).ToString(), told.ToString());
                Assert.Equal(1, await appliance.MetricAsync("sniproxy_strict", "scope=\"global\""));
                (await appliance.ApiAsync(HttpMethod.Put, "/strict", """{"on":false}""")).MustSucceed();
                await Task.Delay(Load / 10, TestContext.Current.CancellationToken);
            }

            Assert.True(await IsServedUnboundAsync(), "strict off did not undo it");
        }
        finally
        {
            await over.CancelAsync();
            (made, failed) = await load;
        }

        Assert.True(failed == 0 && made > ConnectionsPerSecond * Load.TotalSeconds / 2, $"{failed} of {made} connections failed");
        Assert.True(appliance.Process.Id == process && !appliance.Process.HasExited);
    }

    [Fact]
    public async Task CommandSwitchesAndTheStateSurvivesARestart()
    {
        var appliance = await lab.ApplianceAsync(Busy, Door.Redirect);
        await BindAsync();
        (await appliance.VerbAsync("strict", "on")).MustSucceed();
        Assert.False(await IsServedUnboundAsync());
        appliance.Signal(Signals.Terminate);
        Assert.Equal(0, await appliance.Process.ExitAsync(TimeSpan.FromSeconds(10)));
        await appliance.RestartAsync();
        await BindAsync();
        Assert.False(await IsServedUnboundAsync(), "the restart has forgotten that strict mode is on");
        Assert.True((await Attempt.OfAsync(lab.Sandbox, Places.Allowed.At(Family.IPv4, 443), HelloToAllowed)) is { IsServerHello: true });
        (await appliance.VerbAsync("strict", "off")).MustSucceed();
        Assert.True(await IsServedUnboundAsync());
    }

    [Fact]
    public async Task OneSandboxMayBeStrictAlone()
    {
        var appliance = await lab.ApplianceAsync(Busy, Door.Redirect);
        (await appliance.VerbAsync("strict", "on", "--sandbox", ApplianceSettings.SandboxId)).MustSucceed();
        Assert.False(await IsServedUnboundAsync());
        Assert.True((await Attempt.OfAsync(lab.SecondSandbox, Places.Denied.At(Family.IPv4, 443), HelloToAllowed)) is { IsServerHello: true });
        (await appliance.VerbAsync("strict", "off", "--sandbox", ApplianceSettings.SandboxId)).MustSucceed();
        Assert.True(await IsServedUnboundAsync());
    }

    private async Task BindAsync() => Assert.NotNull(await Clients.ResolveAsync(lab.Sandbox, Places.Allowed.Name, Family.IPv4));

    private async Task<bool> IsServedUnboundAsync() =>
        await Attempt.OfAsync(lab.Sandbox, Places.Denied.At(Family.IPv4, 443), HelloToAllowed) switch
        {
            { IsServerHello: true } => true,
            { IsAccessDenied: true } => false,
            var other => throw new LabException($"neither served nor refused: {other}"),
        };

    // Allowed and bound, at an even pace, whatever becomes of each.
    private async Task<(int Made, int Failed)> LoadAsync(CancellationToken over)
    {
        var attempts = new List<Task<TlsRecord?>>();
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1) / ConnectionsPerSecond);
        try
        {
            while (await pace.WaitForNextTickAsync(over))
            {
                attempts.Add(Task.Run(() => Attempt.OfAsync(lab.Sandbox, Places.Allowed.At(Family.IPv4, 443), HelloToAllowed), CancellationToken.None));
            }
        }
        catch (OperationCanceledException)
        {
            // The load is over.
        }

        var answers = await Task.WhenAll(attempts);
        return (answers.Length, answers.Count(a => a is not { IsServerHello: true }));
    }
}
