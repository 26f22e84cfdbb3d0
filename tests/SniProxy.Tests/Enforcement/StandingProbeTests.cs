using SniProxy.Enforcement;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Enforcement;

/// <summary>When a dear probe is made again, and what the kernel says of changes.</summary>
public sealed class StandingProbeTests
{
    private readonly ShiftedClock clock = new();
    private bool passes = true;
    private bool changed;
    private int made;

    [Fact]
    public async Task StandsWhileNothingChanges()
    {
        var check = Check();
        Assert.True((await check.MakeAsync(TestContext.Current.CancellationToken)).Passed);
        Assert.True((await check.MakeAsync(TestContext.Current.CancellationToken)).Passed);

        Assert.Equal(1, made);
    }

    [Fact]
    public async Task IsMadeAgainAfterAChange()
    {
        var check = Check();
        await check.MakeAsync(TestContext.Current.CancellationToken);
        (changed, passes) = (true, false);

        Assert.False((await check.MakeAsync(TestContext.Current.CancellationToken)).Passed);
    }

    [Fact]
    public async Task IsMadeAgainWhenItIsOld()
    {
        var check = Check();
        await check.MakeAsync(TestContext.Current.CancellationToken);
        clock.Advance(StandingProbe.OldAge);
        passes = false;

        Assert.False((await check.MakeAsync(TestContext.Current.CancellationToken)).Passed);
    }

    [Fact]
    public async Task AFailureIsMadeAgainEachTime()
    {
        passes = false;
        var check = Check();
        await check.MakeAsync(TestContext.Current.CancellationToken);
        passes = true;

        Assert.True((await check.MakeAsync(TestContext.Current.CancellationToken)).Passed);
    }

    [Fact]
    public async Task AnExceptionLeavesNothingStanding()
    {
        var fails = false;
        var check = new StandingProbe(
            new ProbeCheck("rules", _ => fails ? throw new IOException("gone") : Task.FromResult(Probe.Pass("rules", "there"))), () => changed, clock).Check;
        await check.MakeAsync(TestContext.Current.CancellationToken);
        (changed, fails) = (true, true);
        await Assert.ThrowsAsync<IOException>(() => check.MakeAsync(TestContext.Current.CancellationToken));
        changed = false;

        await Assert.ThrowsAsync<IOException>(() => check.MakeAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task TheKernelSpeaksOfTablesAndRoutingRules()
    {
        Assert.True(Environment.IsPrivilegedProcess, "this test changes kernel rules: run it as root");
        var table = $"snp_changes_{Environment.ProcessId}";
        using var changes = new KernelChanges();
        FallSilent(changes);

        await ExternalCommand.DemandAsync(["nft", "add", "table", "inet", table]);
        Assert.True(changes.TakeChanged());
        FallSilent(changes);
        await ExternalCommand.DemandAsync(["nft", "delete", "table", "inet", table]);
        Assert.True(changes.TakeChanged());

        foreach (var family in new[] { "-4", "-6" })
        {
            string[] rule = ["pref", "31999", "iif", "snp-none", "lookup", "main"];
            FallSilent(changes);
            await ExternalCommand.DemandAsync(["ip", family, "rule", "add", .. rule]);
            Assert.True(changes.TakeChanged());
            FallSilent(changes);
            await ExternalCommand.DemandAsync(["ip", family, "rule", "del", .. rule]);
            Assert.True(changes.TakeChanged());
        }
    }

    // Others may be changing this machine's network too, but not all the time.
    private static void FallSilent(KernelChanges changes) => Assert.True(SpinWait.SpinUntil(() => !changes.TakeChanged(), GatewayLab.Patience));

    private ProbeCheck Check() => new StandingProbe(
        new ProbeCheck("rules", _ =>
        {
            made++;
            return Task.FromResult(passes ? Probe.Pass("rules", "there") : Probe.Fail("rules", "gone", "apply"));
        }),
        () => changed, clock).Check;
}
