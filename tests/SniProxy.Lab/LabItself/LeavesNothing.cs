using SniProxy.Lab.Ground;

namespace SniProxy.Lab.LabItself;

/// <summary>What a killed run has left is removed by the next one; what belongs to a live one is not touched.</summary>
public sealed class LeavesNothing(Lab lab)
{
    /// <summary>Above the kernel's largest process id (2^22), hence never alive.</summary>
    private static readonly OwnerMark Dead = new(4_999_999, 1);

    [Fact]
    public async Task ThingsOfADeadOwnerAreRemoved()
    {
        var name = $"{Dead.Prefix}-sbx";
        (await Command.RunAsync("ip", "netns", "add", name)).MustSucceed();
        Directory.CreateDirectory($"/etc/netns/{name}");
        var folder = Directory.CreateDirectory(Leftovers.FolderOf(Dead)).FullName;
        // One process that was noted, one that only lives in the namespace.
        var noted = Child.Start(["tail", "-f", "/dev/null"], new Dictionary<string, string>(), folder);
        var inside = new Namespace(name, lab.Folder).Start("tail", "-f", "/dev/null");
        await Waiting.UntilAsync(
            async () => (await Command.RunAsync("ip", "netns", "pids", name)).Output.Contains($"{inside.Id}", StringComparison.Ordinal),
            TimeSpan.FromSeconds(5),
            () => "the child is not inside");

        Leftovers.RemoveOfDeadOwners();

        Assert.NotEqual(0, await noted.ExitAsync(TimeSpan.FromSeconds(5)));
        Assert.NotEqual(0, await inside.ExitAsync(TimeSpan.FromSeconds(5)));
        Assert.False(File.Exists($"/run/netns/{name}"));
        Assert.False(Directory.Exists($"/etc/netns/{name}"));
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task ThingsOfALiveOwnerStay()
    {
        Leftovers.RemoveOfDeadOwners();
        Assert.True(Directory.Exists(lab.Folder));
        Assert.True(Directory.Exists($"/etc/netns/{lab.Sandbox.Name}"));
        Assert.Equal("here\n", (await lab.Sandbox.RunAsync("echo", "here")).Output);
    }

    /// <summary>A process id that has been given to another process since is not its owner any more.</summary>
    [Fact]
    public void SameIdWithAnotherStartTimeIsDead()
    {
        var self = OwnerMark.OfThisProcess();
        Assert.True(self.IsAlive);
        Assert.False((self with { StartTicks = self.StartTicks - 1 }).IsAlive);
        Assert.False(Dead.IsAlive);
    }

    [Theory]
    [InlineData("sl12-34-sbx", true)]
    [InlineData("sl12-34", true)]
    [InlineData("slx-34-sbx", false)]
    [InlineData("sl12-sbx", false)]
    [InlineData("other-34-sbx", false)]
    public void OnlyTheLabsOwnNamesAreRead(string name, bool ours) => Assert.Equal(ours, OwnerMark.TryParse(name, out _));

    /// <summary>What one appliance has set up does not outlast it, even where it failed to take it back.</summary>
    [Fact]
    public async Task PacketFilterAndRoutingRulesAreReset()
    {
        await lab.EndApplianceAsync();
        (await lab.Gateway.RunAsync("nft", "add", "table", "inet", "left_behind")).MustSucceed();
        (await lab.Gateway.RunAsync("ip", "-6", "rule", "add", "fwmark", "7", "lookup", "77")).MustSucceed();
        await Topology.ResetPolicyAsync(lab.Gateway);
        Assert.Equal("", (await lab.Gateway.RunAsync("nft", "list", "ruleset")).Output);
        Assert.Equal(2, (await lab.Gateway.RunAsync("ip", "-6", "rule")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        await using (await StandIn.StartAsync(lab))
        {
            foreach (var family in Enum.GetValues<Family>())
            {
                using var socket = await lab.Sandbox.ConnectAsync(Places.Allowed.At(family, 443));
            }
        }
    }

    [Fact]
    public async Task ForwardingIsOffWithoutAStandIn()
    {
        await lab.EndApplianceAsync();
        foreach (var file in (string[])["/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv6/conf/all/forwarding"])
        {
            Assert.Equal("0\n", (await lab.Gateway.RunAsync("cat", file)).Output);
        }

        var before = await lab.TrafficAsync(Places.Evil);
        var result = await lab.Sandbox.RunAsync("nc", "-w", "1", Places.Evil.V4.ToString(), "80");
        Assert.True(result.ExitCode != 0, result.ToString());
        Assert.Equal(Traffic.None, await lab.TrafficAsync(Places.Evil) - before);
    }
}
