using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Exec;

/// <summary>SIGKILL gives nobody time to tidy up: what is left has no way out, and the next run removes it.</summary>
public sealed class KilledParent(Lab lab)
{
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(1.5);

    /// <summary>The second shell is nobody's child any more when its parent dies, and goes on trying.</summary>
    private const string Stubborn =
        $$"""{{ExecRun.TellSlot}}; setsid sh -c 'while :; do curl -4 -s -m 1 http://allowed.example/ http://203.0.113.10/; done' & sleep 600""";

    [Fact]
    public async Task NothingGetsOutAndTheNextRunClearsUp()
    {
        await using var run = ExecRun.Start(lab, ["--allow", "allowed.example"], "sh", "-c", Stubborn);
        await Waiting.UntilAsync(
            () => run.Said.Contains("allowed.example at", StringComparison.Ordinal), TimeSpan.FromSeconds(10), () => "no page yet:\n" + run.Said);
        var slot = ExecRun.SlotOf(run.Said.Split('\n').First(l => l.StartsWith("10.213.", StringComparison.Ordinal)));
        Assert.NotEmpty(await ExecRun.LeftAsync(lab, slot));

        run.Signal(Signals.Kill);
        Assert.Equal(137, await ExitOfKilledAsync(run));
        var before = (Allowed: await lab.TrafficAsync(Places.Allowed), Resolver: await lab.TrafficAsync(Places.Resolver));
        await Task.Delay(Watched, TestContext.Current.CancellationToken);
        Assert.Equal(0, (await lab.TrafficAsync(Places.Allowed) - before.Allowed).PayloadBytes);
        Assert.Equal(0, (await lab.TrafficAsync(Places.Allowed) - before.Allowed).Syns);
        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Resolver) - before.Resolver);

        (await ExecRun.RunAsync(lab, [], "true")).MustSucceed();
        Assert.Empty(await ExecRun.LeftAsync(lab, slot));
var processes = (await Command.RunAsync("ps", "-eo", "args")).MustSucceed().Output.Split('\n');
        Assert.DoesNotContain(processes, p => p.StartsWith("sh -c while :; do curl -4 -s -m 1", StringComparison.Ordinal));
    }

    // Its orphan holds the output open, so only the process itself is waited for.
    private static async Task<int> ExitOfKilledAsync(Child run)
    {
        await Waiting.UntilAsync(() => run.HasExited, TimeSpan.FromSeconds(5), () => "it lives on");
        return run.ExitCode;
    }
}
