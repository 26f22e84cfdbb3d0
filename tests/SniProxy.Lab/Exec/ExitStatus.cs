using System.Text.Json;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Exec;

/// <summary>One command behind an appliance of its own: what it may reach, what is told, and what its status says.</summary>
public sealed class ExitStatus(Lab lab)
{
    private const int CouldNotResolve = 6;
    private const int Findings = 3;

    private static readonly string[] Page = ["curl", "-4", "-sS", "--max-time", "10", "https://allowed.example/"];
    private static readonly string[] Denied = ["curl", "-4", "-sS", "--max-time", "10", "https://denied.example/"];
    private static readonly string[] Allow = ["--allow", "allowed.example"];

    /// <summary>Its address is known without our DNS, so that the connection itself is what is denied.</summary>
    private static readonly string[] DeniedByAddress = [.. Denied, "--resolve", $"denied.example:443:{Places.Denied.V4}"];

    [Fact]
    public async Task AllowedHostIsReachedAndTold()
    {
        var result = await ExecRun.RunAsync(lab, [.. Allow, "--fail-on-deny"], Page);
        Assert.True(result.ExitCode == 0 && result.Output == WebServer.PageOf(Places.Allowed, Family.IPv4), result.ToString());
        Assert.Contains("1 let through, 0 denied, 0 would be denied", result.Error, StringComparison.Ordinal);
        Assert.Contains("allowed.example:443 (tls)", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeniedNameEndsInTheClientsOwnStatus()
    {
        var before = await lab.TrafficAsync(Places.Denied);
        var result = await ExecRun.RunAsync(lab, Allow, Denied);
        Assert.True(result.ExitCode == CouldNotResolve && result.Output.Length == 0, result.ToString());
        Assert.Contains("denied.example (dns)", result.Error, StringComparison.Ordinal);
        Assert.Contains("name_not_allowed", result.Error, StringComparison.Ordinal);
        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Denied) - before);
    }

    [Fact]
    public async Task DeniedConnectionIsToldWithItsReason()
    {
        var before = await lab.TrafficAsync(Places.Denied);
        var result = await ExecRun.RunAsync(lab, Allow, DeniedByAddress);
        Assert.True(result.ExitCode == 35 && result.Error.Contains("access denied", StringComparison.OrdinalIgnoreCase), result.ToString());
        Assert.Contains("0 let through, 1 denied", result.Error, StringComparison.Ordinal);
        Assert.Contains("denied.example:443 (tls) ×1: denied: default", result.Error, StringComparison.Ordinal);
        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Denied) - before);
    }

    [Theory]
    [InlineData("curl -4 -sS -m 5 https://denied.example/ || true", Findings)]
    [InlineData("curl -4 -sS -m 5 https://allowed.example/", 0)]
    [InlineData("exit 9", 9)]
    public async Task FailOnDenyEndsWithThreeOnlyWhereSomethingWasDenied(string script, int status)
    {
        var result = await ExecRun.RunAsync(lab, [.. Allow, "--fail-on-deny"], "sh", "-c", script);
        Assert.True(result.ExitCode == status, result.ToString());
    }

    [Fact]
    public async Task ShadowLetsThroughAndFailsOnWhatItWouldDeny()
    {
        var result = await ExecRun.RunAsync(lab, [.. Allow, "--mode", "shadow", "--fail-on-deny"], Denied);
        Assert.True(result.ExitCode == Findings && result.Output == WebServer.PageOf(Places.Denied, Family.IPv4), result.ToString());
        Assert.Contains("would deny denied.example:443 (tls)", result.Error, StringComparison.Ordinal);
        Assert.Contains("[shadow] would deny", result.Error, StringComparison.Ordinal);
        Assert.Contains(" 0 denied", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(7, "sh", "-c", "exit 7")]
    [InlineData(127, "no-such-command-anywhere")]
    [InlineData(143, "sh", "-c", "kill -TERM $$")]
    [InlineData(137, "sh", "-c", "kill -KILL $$")]
    public async Task StatusIsTheCommandsAsAShellSaysIt(int status, params string[] command)
    {
        var result = await ExecRun.RunAsync(lab, Allow, command);
        Assert.True(result.ExitCode == status, result.ToString());
    }

    [Fact]
    public async Task SignalOfTheCallerReachesTheCommand()
    {
        await using var run = ExecRun.Start(lab, Allow, "sh", "-c", "trap 'echo told; exit 40' TERM; echo up; while :; do sleep 0.05; done");
        await Waiting.UntilAsync(() => run.Said.Contains("up", StringComparison.Ordinal), TimeSpan.FromSeconds(10), () => run.Said);
        run.Signal(Signals.Terminate);
        Assert.Equal(40, await run.ExitAsync(TimeSpan.FromSeconds(10)));
        Assert.Contains("told", run.Said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("report.json")]
    [InlineData("report.md")]
    public async Task ReportTellsTheSame(string name)
    {
        var file = Path.Combine(lab.Folder, name);
        await ExecRun.RunAsync(
            lab, [.. Allow, "--report", file], "sh", "-c", $"{string.Join(' ', Page)}; {string.Join(' ', DeniedByAddress)}; {string.Join(' ', DeniedByAddress)}");
        var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        if (name.EndsWith(".md", StringComparison.Ordinal))
        {
            Assert.Contains("| denied | `denied.example:443` | tls | 2 | default |", text, StringComparison.Ordinal);
            Assert.Contains("| allowed | `allowed.example:443` | tls | 1 | rule |", text, StringComparison.Ordinal);
            return;
        }

        var report = JsonSerializer.Deserialize<JsonElement>(text);
        Assert.True(report.GetProperty("allowed").GetInt32() == 1 && report.GetProperty("denied").GetInt32() == 2, text);
        Assert.Contains(
            report.GetProperty("destinations").EnumerateArray(),
            d => d.GetProperty("destination").GetString() == "denied.example:443" && d.GetProperty("reason").GetString() == "default"
                && d.GetProperty("count").GetInt32() == 2);
    }

    [Fact]
    public Task SixAtOnceDoNotDisturbEachOther() => RunAtOnceAsync(6);

    [Fact]
    [Trait("Tier", "full")]
    public Task TwentyAtOnceDoNotDisturbEachOther() => RunAtOnceAsync(20);

    private async Task RunAtOnceAsync(int runs)
    {
        var results = await Task.WhenAll(Enumerable.Range(0, runs).Select(i => ExecRun.RunAsync(
            lab, Allow, "sh", "-c", $"{ExecRun.TellSlot}; {string.Join(' ', i % 2 == 0 ? Page : Denied)}; s=$?; [ $s = 0 ] && exit {100 + i}; exit $s")));
        for (var i = 0; i < results.Length; i++)
        {
            Assert.True(results[i].ExitCode == (i % 2 == 0 ? 100 + i : CouldNotResolve), results[i].ToString());
            Assert.Contains(i % 2 == 0 ? "1 let through, 0 denied" : "0 let through", results[i].Error, StringComparison.Ordinal);
        }

        var slots = results.Select(r => ExecRun.SlotOf(r.Output.Split('\n')[0])).ToArray();
        foreach (var slot in slots)
        {
            Assert.Empty(await ExecRun.LeftAsync(lab, slot));
        }
    }
}
