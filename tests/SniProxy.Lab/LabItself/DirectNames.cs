using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.LabItself;

/// <summary>The upstream resolver gives the answers that later tests build on, and its log tells what reached it.</summary>
public sealed class DirectNames(Lab lab) : IAsyncLifetime
{
    private StandIn? _standIn;

    public async ValueTask InitializeAsync() => _standIn = await StandIn.StartAsync(lab);

    public ValueTask DisposeAsync() => _standIn?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Theory]
    [InlineData("allowed.example", Family.IPv4, "203.0.113.10")]
    [InlineData("allowed.example", Family.IPv6, "2001:db8::10")]
    [InlineData("priv.example", Family.IPv4, "10.0.0.1")]
    [InlineData("priv.example", Family.IPv6, "fd10::1")]
    [InlineData("metadata.example", Family.IPv4, "169.254.169.254")]
    [InlineData(UpstreamDns.Chain, Family.IPv4, "203.0.113.10")]
    [InlineData(UpstreamDns.Chain, Family.IPv6, "2001:db8::10")]
    [InlineData(UpstreamDns.Sneaky, Family.IPv4, "203.0.113.20")]
    [InlineData("x.y." + UpstreamDns.Wild, Family.IPv4, "203.0.113.10")]
    [InlineData("nobody.example", Family.IPv4, null)]
    public async Task NameLeadsWhereTheLabSays(string name, Family family, string? address) =>
        Assert.Equal(address, await Clients.ResolveAsync(lab.Sandbox, name, family));

    [Fact]
    public async Task RotatingNameChangesItsOrder()
    {
        var first = new HashSet<string?>();
        for (var i = 0; i < 8; i++)
        {
            var answer = await lab.Sandbox.RunAsync("getent", "ahostsv4", UpstreamDns.Rotating);
            first.Add(answer.Output.Split(' ')[0]);
            Assert.Equal(8, answer.Output.Split('\n').Count(l => l.Contains("STREAM", StringComparison.Ordinal)));
        }

        Assert.True(first.Count > 1, "always the same first address");
    }

    [Fact]
    public async Task LogShowsWhatWasAskedAndNothingElse()
    {
        var mark = lab.Dns.Mark;
        await Clients.ResolveAsync(lab.Sandbox, "other.example", Family.IPv4);
        Assert.True(lab.Dns.WasAsked("other.example", mark));
        Assert.False(lab.Dns.WasAsked("allowed.example", mark));
    }

    [Fact]
    public async Task ChangedNameIsAnsweredAnew()
    {
        await lab.Dns.SetAsync("changing.example", "203.0.113.10");
        Assert.Equal("203.0.113.10", await Clients.ResolveAsync(lab.Sandbox, "changing.example", Family.IPv4));
        await lab.Dns.SetAsync("changing.example", "10.0.0.1");
        Assert.Equal("10.0.0.1", await Clients.ResolveAsync(lab.Sandbox, "changing.example", Family.IPv4));
        await lab.Dns.SetAsync("changing.example");
        Assert.Null(await Clients.ResolveAsync(lab.Sandbox, "changing.example", Family.IPv4));
    }
}
