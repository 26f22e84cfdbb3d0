using System.Text.Json;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;
using SniProxy.Lab.Relay;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Operation;

/// <summary>What `check` and `test` say beforehand is what happens.</summary>
public sealed class OfflineVerbs(Lab lab)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task CheckTellsEveryErrorOfConfigurationAndPolicies()
    {
        var folder = Directory.CreateDirectory(Path.Combine(lab.Folder, "broken")).FullName;
        Directory.CreateDirectory(Path.Combine(folder, "policies"));
        var cancellation = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync(
            Path.Combine(folder, "appsettings.json"),
            LabPolicies.Ordinary.Set("Proxy:MaxConnectionsPerSandbox", "many").Set("Proxy:ConectTimeout", "00:00:05").Set("Dns:Mode", "Guess").Json,
            cancellation);
        var wrong = await CheckAsync(folder);
        Assert.True(wrong.ExitCode == 78, wrong.ToString());
        foreach (var key in (string[])["MaxConnectionsPerSandbox", "ConectTimeout", "Dns:Mode"])
        {
            Assert.Contains(key, wrong.Error, StringComparison.Ordinal);
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "appsettings.json"), LabPolicies.Ordinary.Json, cancellation);
        await File.WriteAllTextAsync(Path.Combine(folder, "policies", "a.yaml"), "version: 1\nrules:\n  - allow: [host:0]\n  - alow: [x.example]\n", cancellation);
        await File.WriteAllTextAsync(Path.Combine(folder, "policies", "b.yaml"), "version: 1\nmode: enforced\n", cancellation);
        wrong = await CheckAsync(folder);
        Assert.True(wrong.ExitCode == 78, wrong.ToString());
        foreach (var place in (string[])["a.yaml(3,", "a.yaml(4,", "b.yaml(2,"])
        {
            Assert.Contains(place, wrong.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task TestedVerdictsAreTheLiveOnes()
    {
        var appliance = await lab.ApplianceAsync(RawPort.Settings, Door.Redirect);
        await using var echo = new TcpServer(lab.Internet, RawPort.Endpoints(RawPort.ClientFirst), TcpServer.EchoAsync);
        Assert.NotNull(await Clients.ResolveAsync(lab.Sandbox, Places.Allowed.Name, Family.IPv4));
        var live = new Dictionary<string, string>
        {
            ["allowed.example"] = await LiveAsync(appliance, Places.Allowed, 443, Hello.For(Places.Allowed.Name)),
            ["denied.example"] = await LiveAsync(appliance, Places.Denied, 443, Hello.For(Places.Denied.Name)),
            ["allowed.example:8443"] = await LiveAsync(appliance, Places.Allowed, 8443, Hello.For(Places.Allowed.Name)),
            ["http://denied.example"] = await LiveAsync(appliance, Places.Denied, 80, Clients.Request(Places.Denied.Name, "/")),
            ["203.0.113.30:7000"] = await LiveAsync(appliance, RawPort.Host, RawPort.ClientFirst, RawPort.Payload(10)),
            ["203.0.113.20:5432"] = await LiveAsync(appliance, Places.Denied, 5432, RawPort.Payload(10)),
        };
        Assert.Equal(["allow rule", "deny default"], live.Values.Distinct().Order());
        var file = Path.Combine(appliance.PolicyFolder, ApplianceSettings.PolicyName + ".yaml");
        AssertSame(live, await lab.Gateway.RunAsync([.. ProductProgram.Words, "test", "--policy", file, "--output", "json", .. live.Keys]));
        AssertSame(live, await appliance.VerbAsync(["test", "--sandbox", ApplianceSettings.SandboxId, "--output", "json", .. live.Keys]));
    }

    private static void AssertSame(Dictionary<string, string> live, CommandResult tested)
    {
        Assert.True(tested.ExitCode == 3, tested.ToString());
        var answers = JsonSerializer.Deserialize<JsonElement>(tested.Output).EnumerateArray().ToDictionary(
            a => a.GetProperty("destination").GetString() ?? "", a => $"{a.GetProperty("verdict").GetString()} {a.GetProperty("reason").GetString()}");
        Assert.Equal(live.OrderBy(v => v.Key), answers.OrderBy(v => v.Key));
    }

    private Task<CommandResult> CheckAsync(string folder) =>
        lab.Gateway.RunAsync([.. ProductProgram.Words, "check", "--config", Path.Combine(folder, "appsettings.json")]);

    private async Task<string> LiveAsync(Appliance appliance, Place place, int port, byte[] bytes)
    {
        var mark = appliance.Events.Mark;
        using (var socket = await lab.Sandbox.ConnectAsync(place.At(Family.IPv4, port)))
        {
            await socket.SendAllAsync(bytes);
            try
            {
                await socket.ReceiveAsync(1, Patience);
            }
            catch (System.Net.Sockets.SocketException)
            {
                // Reset: the event says why.
            }
        }

        var told = await appliance.Events.FirstAsync(
            mark, e => e.Is("kind", "flow") && e["originalDestination"] == place.At(Family.IPv4, port).ToString());
        return $"{told["verdict"]} {told["reason"]}";
    }
}
