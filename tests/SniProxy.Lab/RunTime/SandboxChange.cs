using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.RunTime;

/// <summary>A sandbox's mode and policy change with the next connection; its neighbour and the process stay as they are.</summary>
public sealed class SandboxChange(Lab lab) : IAsyncLifetime
{
    private const string Open = "open";

    private static readonly byte[] HelloToDenied = Hello.For(Places.Denied.Name);

    private static readonly ApplianceSettings TwoPolicies = LabPolicies.Ordinary.And(Open, """
        version: 1
        mode: enforce
        default: deny
        rules: [denied.example]
        """);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>What a test has changed would be the next one's surprise.</summary>
    public async ValueTask DisposeAsync()
    {
        var appliance = await lab.ApplianceAsync(TwoPolicies, Door.Redirect);
        const string AsConfigured = $$"""{"mode":"enforce","policy":"{{ApplianceSettings.PolicyName}}","paused":false}""";
        (await appliance.ApiAsync(HttpMethod.Put, $"/sandboxes/{ApplianceSettings.SandboxId}/mode", AsConfigured)).MustSucceed();
    }

    [Fact]
    public async Task ModeIsInForceForTheNextConnection()
    {
        var appliance = await lab.ApplianceAsync(TwoPolicies, Door.Redirect);
        for (var round = 0; round < 3; round++)
        {
            Assert.False(await PassesAsync(lab.Sandbox));
            (await appliance.VerbAsync("sandbox", "mode", ApplianceSettings.SandboxId, "shadow")).MustSucceed();
            Assert.True(await PassesAsync(lab.Sandbox));
            Assert.False(await PassesAsync(lab.SecondSandbox));
            (await appliance.VerbAsync("sandbox", "mode", ApplianceSettings.SandboxId, "enforce")).MustSucceed();
        }

        Assert.False(await PassesAsync(lab.Sandbox));
    }

    [Fact]
    public async Task PolicyIsInForceForTheNextConnectionAndAfterARestart()
    {
        var appliance = await lab.ApplianceAsync(TwoPolicies, Door.Redirect);
        (await appliance.VerbAsync("sandbox", "mode", ApplianceSettings.SandboxId, "--policy", Open)).MustSucceed();
        Assert.True(await PassesAsync(lab.Sandbox));
        Assert.False(await PassesAsync(lab.SecondSandbox));
        appliance.Signal(Signals.Kill);
        await appliance.Process.ExitAsync(TimeSpan.FromSeconds(5));
        await appliance.RestartAsync();
        Assert.True(await PassesAsync(lab.Sandbox), "what was acknowledged before SIGKILL is lost");
    }

    [Fact]
    public async Task PausedSandboxIsDeniedEverythingUntilItIsResumed()
    {
        var appliance = await lab.ApplianceAsync(TwoPolicies, Door.Redirect);
        var allowed = Hello.For(Places.Allowed.Name);
        (await appliance.VerbAsync("sandbox", "pause", ApplianceSettings.SandboxId)).MustSucceed();
        var mark = appliance.Events.Mark;
        Assert.False(await PassesAsync(lab.Sandbox, Places.Allowed, allowed));
        var told = await appliance.Events.FirstAsync(mark, e => e.Is("verdict", "deny"));
        Assert.True(told.Is("reason", "paused") && told.Is("verdict", "deny"), told.ToString());
        (await appliance.VerbAsync("sandbox", "resume", ApplianceSettings.SandboxId)).MustSucceed();
        Assert.True(await PassesAsync(lab.Sandbox, Places.Allowed, allowed));
    }

    private static Task<bool> PassesAsync(Namespace sandbox) => PassesAsync(sandbox, Places.Denied, HelloToDenied);

    private static async Task<bool> PassesAsync(Namespace sandbox, Place place, byte[] hello) =>
        await Attempt.OfAsync(sandbox, place.At(Family.IPv4, 443), hello) switch
        {
            { IsServerHello: true } => true,
            { IsAccessDenied: true } => false,
            var other => throw new LabException($"neither served nor refused: {other}"),
        };
}
