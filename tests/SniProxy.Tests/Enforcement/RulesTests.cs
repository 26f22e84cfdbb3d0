using SniProxy.Enforcement;

namespace SniProxy.Tests.Enforcement;

/// <summary>Applying, finding and removing.</summary>
public sealed class RulesTests
{
    [Theory]
    [InlineData(Interception.Redirect)]
    [InlineData(Interception.TProxy)]
    internal async Task ApplyingTwiceIsTheSameAsOnce(Interception interception)
    {
        await using var lab = await GatewayLab.CreateAsync();
        var rules = await lab.ApplyAsync(lab.Options(interception));
        var once = await StateAsync(lab);

        await rules.ApplyAsync();

        Assert.Equal(once, await StateAsync(lab));
        Assert.Empty(await rules.FaultsAsync());
    }

    [Theory]
    [InlineData(Interception.Redirect)]
    [InlineData(Interception.TProxy)]
    internal async Task RemovingLeavesNothing(Interception interception)
    {
        await using var lab = await GatewayLab.CreateAsync();
        NetworkNamespace.WriteSetting(lab.Gateway, "net/ipv4/icmp_ratelimit", "400");
        var before = await StateAsync(lab);
        var rules = await lab.ApplyAsync(lab.Options(interception));
        await rules.ApplyAsync();
        Assert.NotEqual(before, await StateAsync(lab));

        await rules.RemoveAsync();

        Assert.Equal(before, await StateAsync(lab));
        await rules.RemoveAsync();
        Assert.Equal(before, await StateAsync(lab));
    }

    [Fact]
    public async Task ChangingTheInterfacesOrTheKindLeavesNothingOfTheFormerOnes()
    {
        await using var lab = await GatewayLab.CreateAsync();
        var redirect = await lab.ApplyAsync(lab.Options());
        var wanted = await StateAsync(lab);
        await redirect.RemoveAsync();
        await lab.ApplyAsync(lab.Options(Interception.TProxy) with { Interfaces = [new SandboxInterface("other0"), new SandboxInterface(GatewayLab.SandboxLink)] });

        await redirect.ApplyAsync();

        Assert.Equal(wanted, await StateAsync(lab));
    }

    [Theory]
    [InlineData("nft flush table inet sniproxy_lab")]
    [InlineData("nft delete table inet sniproxy_lab")]
    [InlineData("nft flush ruleset")]
    [InlineData("nft flush chain inet sniproxy_lab sources")]
    [InlineData("nft delete element inet sniproxy_lab sandboxes { sb0 }")]
    [InlineData("nft chain inet sniproxy_lab forward { policy accept ; }")]
    [InlineData("ip rule del pref 66")]
    [InlineData("ip -6 rule del pref 66")]
    [InlineData("ip rule del pref 65")]
    [InlineData("ip route flush table 7765")]
    public async Task FindsThatTheRulesWereTouched(string sabotage)
    {
        await using var lab = await GatewayLab.CreateAsync();
        var rules = await lab.ApplyAsync(lab.Options(Interception.TProxy));
        Assert.True(await rules.IsInPlaceAsync());

        await ExternalCommand.DemandAsync(["ip", "netns", "exec", lab.Gateway, .. sabotage.Split(' ')]);
        Assert.NotEmpty(await rules.FaultsAsync());

        await rules.ApplyAsync();
        Assert.Empty(await rules.FaultsAsync());
    }

    [Fact]
    public async Task OtherPortsAreOtherRules()
    {
        await using var lab = await GatewayLab.CreateAsync();
        await lab.ApplyAsync(lab.Options());

        Assert.NotEmpty(await new Rules(lab.Options() with { ListenerPort = 8555 }, lab.Gateway).FaultsAsync());
    }

    private static async Task<string> StateAsync(GatewayLab lab)
    {
        var parts = new List<string>();
        foreach (var question in new[] { "nft -s list ruleset", "ip -4 rule", "ip -6 rule", "ip -4 route show table all", "ip -6 route show table all" })
        {
            parts.Add(await ExternalCommand.DemandAsync(["ip", "netns", "exec", lab.Gateway, .. question.Split(' ')]));
        }

        parts.AddRange(Ruleset.Settings.Select(setting => $"{setting.Key}={NetworkNamespace.ReadSetting(lab.Gateway, setting.Key)}"));
        return string.Join('\n', parts);
    }
}
