using System.Net;
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

    [Theory]
    [InlineData("203.0.113.9")]
    [InlineData("2001:db8::9")]
    public async Task CountsTheQuestionsThatTheLimitOfOneSourceDrops(string server)
    {
        const int sent = 500;
        await using var lab = await GatewayLab.CreateAsync();
        var rules = await lab.ApplyAsync(lab.Options() with { DnsDatagramsPerSecond = 10 });
        Assert.Equal(0, (await rules.ReadAsync())?.DroppedQuestions);
        using var listening = lab.Receive(lab.Gateway, GatewayLab.DnsPort);
        using var socket = lab.Datagram(lab.Sandbox, IPAddress.Parse(server), 53);
        for (var i = 0; i < sent; i++)
        {
            await socket.SendAsync("question"u8.ToArray());
        }

        Assert.InRange((await rules.ReadAsync())?.DroppedQuestions ?? 0, sent / 2, sent);
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
