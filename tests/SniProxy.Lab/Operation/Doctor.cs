using System.Text.Json;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Operation;

/// <summary>The enforcement is proven by trying it: what is broken is named, and the appliance says by itself that it is not ready.</summary>
public sealed class Doctor(Lab lab)
{
    private const string Deaf = "lab_deaf";

    private static readonly TimeSpan FiveSeconds = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(Door.Redirect)]
    [InlineData(Door.TProxy)]
    public async Task HealthyGatewayPassesEveryProbe(Door door)
    {
        var appliance = await lab.ApplianceAsync(LabPolicies.Ordinary, door);
        var (status, probes, said) = await AskAsync(appliance);
        Assert.True(status == 0 && probes.Values.All(result => result == "ok"), said);
        foreach (var name in (string[])["privileges", "kernel", "rules", "redirect", "drop", "dns", "api", "descriptors", "conntrack"])
        {
            Assert.Contains(name, probes.Keys);
        }
    }

    [Fact]
    public async Task FlushedRulesAreNamedLetNothingOutAndEndReadiness()
    {
        var appliance = await lab.ApplianceAsync(LabPolicies.Ordinary, Door.Redirect);
        var evil = await lab.TrafficAsync(Places.Evil);
        (await lab.Gateway.RunAsync("nft", "flush", "table", "inet", "sniproxy")).MustSucceed();
        await Waiting.UntilAsync(async () => !await appliance.AnswersAsync("/readyz"), FiveSeconds, () => "still ready without rules");
        Assert.Equal(0, await appliance.MetricAsync("sniproxy_enforcement_probe", "probe=\"rules\""));
        Assert.Equal(1, await appliance.MetricAsync("sniproxy_enforcement_probe", "probe=\"dns\""));
        var (status, probes, said) = await AskAsync(appliance);
        Assert.True(status == 1 && probes["rules"] == "broken" && probes["dns"] == "ok" && probes["api"] == "ok", said);
        Assert.Contains("--apply", said, StringComparison.Ordinal);
        foreach (var family in Enum.GetValues<Family>())
        {
            await Clients.NetcatAsync(lab.Sandbox, Places.Evil.At(family).ToString(), 443, "anybody?\n", seconds: 1);
            await Datagrams.SendUdpAsync(lab.Sandbox, Places.Evil.At(family, 53));
        }

        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Evil) - evil);

        (await appliance.RulesAsync("--apply")).MustSucceed();
        await Waiting.UntilAsync(async () => await appliance.AnswersAsync("/readyz"), FiveSeconds, () => "not ready again with its rules");
        Assert.True((await Attempt.OfAsync(lab.Sandbox, Places.Allowed.At(Family.IPv4, 443), Hello.For(Places.Allowed.Name))) is { IsServerHello: true });
    }

    [Fact]
    public async Task DeadApplianceIsNamed()
    {
        var appliance = await lab.ApplianceAsync(LabPolicies.Ordinary, Door.Redirect);
        appliance.Signal(Signals.Kill);
        await appliance.Process.ExitAsync(FiveSeconds);
        var (status, probes, said) = await AskAsync(appliance);
        Assert.True(status == 1 && probes["api"] == "broken" && probes["dns"] == "broken" && probes["rules"] == "ok", said);
        Assert.Contains("sniproxy run", said, StringComparison.Ordinal);
        await lab.EndApplianceAsync();
    }

    [Fact]
    public async Task DnsThatDoesNotAnswerIsNamedAndEndsReadiness()
    {
        var appliance = await lab.ApplianceAsync(LabPolicies.Ordinary, Door.Redirect);
        const string Rules = $"table inet {Deaf} {{ chain deaf {{ type filter hook input priority filter; udp dport 1053 drop\n }}\n }}\n";
        (await lab.Gateway.FeedAsync(Rules, "nft", "-f", "-")).MustSucceed();
        var asked = AskAsync(appliance);
        await Waiting.UntilAsync(async () => !await appliance.AnswersAsync("/readyz"), FiveSeconds, () => "still ready without DNS");
        var (status, probes, said) = await asked;
        Assert.True(status == 1 && probes["dns"] == "broken" && probes["api"] == "ok" && probes["rules"] == "ok", said);
        (await lab.Gateway.RunAsync("nft", "delete", "table", "inet", Deaf)).MustSucceed();
        await Waiting.UntilAsync(async () => await appliance.AnswersAsync("/readyz"), FiveSeconds, () => "not ready again");
    }

    private static async Task<(int Status, Dictionary<string, string> Probes, string Said)> AskAsync(Appliance appliance)
    {
        var result = await appliance.RunAsync("doctor", "--output", "json");
        var probes = JsonSerializer.Deserialize<JsonElement>(result.Output).EnumerateArray()
            .ToDictionary(p => p.GetProperty("name").GetString() ?? "", p => p.GetProperty("result").GetString() ?? "");
        return (result.ExitCode, probes, result.ToString());
    }
}
