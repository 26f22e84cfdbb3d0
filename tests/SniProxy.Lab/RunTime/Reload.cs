using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.RunTime;

/// <summary>Policy files are taken over while the appliance runs, whole or not at all, and what is broken or gone never opens anything.</summary>
public sealed class Reload(Lab lab) : IAsyncLifetime
{
    private const string Good = """
        version: 1
        mode: enforce
        default: deny
        rules: [allowed.example]
        """;

    private const string OpensDenied = """
        version: 1
        mode: enforce
        default: deny
        rules: [allowed.example, denied.example]
        """;

    private const string Broken = """
        version: 1
        mode: enforce
        default: allow
        rules:
          - allowed.example
          - allow: [denied.example]
            lable: misspelt
        """;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Nobody else uses these, for the tests change the file. Whoever runs the tests by nohup has it ignored by all that they start, and .NET keeps to
    /// that.
    /// </summary>
    private static readonly ApplianceSettings Settings = ApplianceSettings.With(Good).Set("Proxy:DrainTimeout", "00:00:05").Under("env", "--default-signal=HUP");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>What a test has made of the file would be the next one's surprise.</summary>
    public async ValueTask DisposeAsync() =>
        await (await lab.ApplianceAsync(Settings, Door.Redirect)).ReplacePolicyAsync(ApplianceSettings.PolicyName, Good);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ChangedFileIsInForceWithinTwoSeconds(bool inPlace)
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        Assert.Equal("deny", await VerdictAsync(appliance, Places.Denied));
        var file = FileOf(appliance);
        if (inPlace)
        {
            await File.WriteAllTextAsync(file, OpensDenied, TestContext.Current.CancellationToken);
        }
        else
        {
            await File.WriteAllTextAsync(file + ".new", OpensDenied, TestContext.Current.CancellationToken);
            File.Move(file + ".new", file, overwrite: true);
        }

        await Waiting.UntilAsync(async () => await VerdictAsync(appliance, Places.Denied) == "allow", Soon, () => "the change is not in force");
    }

    // The file is a link, and what it leads to lies where nobody watches: only the signal can have the change read.
    [Fact]
    public async Task HangUpReadsTheFilesAgain()
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        var (target, link) = (Path.Combine(lab.Folder, "linked.yaml"), Path.Combine(lab.Folder, "link.yaml"));
        await File.WriteAllTextAsync(target, OpensDenied, TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(link, target);
        File.Move(link, FileOf(appliance), overwrite: true);
        await Waiting.UntilAsync(async () => await VerdictAsync(appliance, Places.Denied) == "allow", Soon, () => "the link is not read");

        await File.WriteAllTextAsync(target, Good, TestContext.Current.CancellationToken);
        appliance.Signal(Signals.Hangup);
        await Waiting.UntilAsync(async () => await VerdictAsync(appliance, Places.Denied) == "deny", Soon, () => "nothing was read");
        Assert.False(appliance.Process.HasExited);
    }

    [Fact]
    public async Task BrokenFileLeavesTheLastGoodAndSaysWhere()
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        await appliance.ReplacePolicyAsync(ApplianceSettings.PolicyName, Broken);
        Assert.True(await appliance.MetricAsync("sniproxy_policy_reloads_total", "result=\"broken\"") >= 1);
        Assert.Equal("allow", await VerdictAsync(appliance, Places.Allowed));
        Assert.Equal("deny", await VerdictAsync(appliance, Places.Denied));
        await Waiting.UntilAsync(
            () => appliance.Process.Said.Contains($"{FileOf(appliance)}(7,5)", StringComparison.Ordinal), Soon, () => appliance.Process.Said);
        Assert.Contains("lable", appliance.Process.Said, StringComparison.Ordinal);
        Assert.Contains("lable", (await appliance.ApiAsync(HttpMethod.Get, "/status")).Body, StringComparison.Ordinal);

        await appliance.ReplacePolicyAsync(ApplianceSettings.PolicyName, OpensDenied);
        Assert.Equal("allow", await VerdictAsync(appliance, Places.Denied));
    }

    [Fact]
    public async Task RemovedFileDeniesEverythingOfIt()
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        Assert.Equal("allow", await VerdictAsync(appliance, Places.Allowed));
        File.Delete(FileOf(appliance));
        await Waiting.UntilAsync(async () => await VerdictAsync(appliance, Places.Allowed) == "deny", Soon, () => "the policy is still in force");
        await AssertMissingAsync(appliance);
    }

    [Fact]
    public async Task StartWithABrokenFileDeniesEverythingUntilItIsMended()
    {
        var appliance = await lab.ApplianceAsync(ApplianceSettings.With(Broken), Door.Redirect);
        await AssertMissingAsync(appliance);
        await appliance.ReplacePolicyAsync(ApplianceSettings.PolicyName, Good);
        Assert.Equal("allow", await VerdictAsync(appliance, Places.Allowed));
        await lab.EndApplianceAsync();
    }

    private static string FileOf(Appliance appliance) => Path.Combine(appliance.PolicyFolder, ApplianceSettings.PolicyName + ".yaml");

    private async Task AssertMissingAsync(Appliance appliance)
    {
        foreach (var place in (Place[])[Places.Allowed, Places.Denied])
        {
            var mark = appliance.Events.Mark;
            Assert.Equal("deny", await VerdictAsync(appliance, place));
            var told = await appliance.Events.FirstAsync(mark, e => e.Is("verdict", "deny") && e.Is("name", place.Name));
            Assert.True(told.Is("reason", "policy_missing"), told.ToString());
        }
    }

    private async Task<string> VerdictAsync(Appliance appliance, Place place) =>
        await Attempt.OfAsync(lab.Sandbox, place.At(Family.IPv4, 443), Hello.For(place.Name)) switch
        {
            { IsServerHello: true } => "allow",
            { IsAccessDenied: true } => "deny",
            var other => throw new LabException($"neither served nor refused: {other}\n{appliance.Process.Said}"),
        };
}
