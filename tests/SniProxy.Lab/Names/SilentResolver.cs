using System.Diagnostics;
using System.Net;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Names;

/// <summary>The name server hangs: what is known goes on, what is not fails in time, and nobody waits for somebody else's names.</summary>
public sealed class SilentResolver(Lab lab)
{
    // Two questions for each, which is all that one sandbox may have under way.
    private const int Names = 250;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly byte[] HelloToAllowed = Hello.For(Places.Allowed.Name);

    private static readonly ApplianceSettings Settings = ApplianceSettings.With($"""
        version: 1
        mode: enforce
        default: deny
        rules: [allowed.example, '**.{UpstreamDns.Wild}']
        """).Set("Proxy:NewConnectionsPerSecondPerSandbox", 10_000);

    [Theory]
    [InlineData(Door.Redirect)]
    [InlineData(Door.TProxy)]
    public async Task NamesThatNobodyAnswersLeaveOtherConnectionsQuick(Door door)
    {
        var appliance = await lab.ApplianceAsync(Settings, door);
        Namespace[] sandboxes = [lab.Sandbox, lab.SecondSandbox];
        foreach (var sandbox in sandboxes)
        {
            Assert.NotNull(await Clients.ResolveAsync(sandbox, Places.Allowed.Name, Family.IPv4));
        }

        lab.Dns.Hang();
        try
        {
            var run = $"{Guid.NewGuid():n}"[..8];
            var stuck = Enumerable.Range(0, Names).Select(i => Attempt.OfAsync(
                lab.Sandbox, Places.Other.At(Family.IPv4, 443), Hello.For($"n{i}-{run}.{UpstreamDns.Wild}"))).ToArray();
            await Waiting.UntilAsync(
                async () => await appliance.MetricAsync("sniproxy_active_connections") >= Names, Patience, () => "the connections do not wait");
            foreach (var sandbox in sandboxes)
            {
                var waits = new List<TimeSpan>();
                for (var i = 0; i < 100; i++)
                {
                    var started = Stopwatch.GetTimestamp();
                    Assert.True(await Attempt.OfAsync(sandbox, Places.Allowed.At(Family.IPv4, 443), HelloToAllowed) is { IsServerHello: true });
                    waits.Add(Stopwatch.GetElapsedTime(started));
                }

                Assert.True(waits.Order().ElementAt(98) < TimeSpan.FromMilliseconds(100), $"p99 {waits.Order().ElementAt(98)} in {sandbox.Name}");
            }

            Assert.True(stuck.Count(one => !one.IsCompleted) > Names / 2, "the names were answered meanwhile");
            await Task.WhenAll(stuck);
        }
        finally
        {
            lab.Dns.Resume();
        }
    }

    [Fact]
    public async Task ConnectionsToUnknownNamesAreDeniedInTimeAndPassSoonAfterItIsBack()
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        Assert.NotNull(await Clients.ResolveAsync(lab.Sandbox, Places.Allowed.Name, Family.IPv4));
        var name = $"u{Guid.NewGuid():n}.{UpstreamDns.Wild}";
        var hello = Hello.For(name);
        var destination = Places.Allowed.At(Family.IPv4, 443);
        lab.Dns.Hang();
        try
        {
            var mark = appliance.Events.Mark;
            var started = Stopwatch.GetTimestamp();
            var waiting = Attempt.OfAsync(lab.Sandbox, destination, hello);
            Assert.True(await Attempt.OfAsync(lab.Sandbox, destination, HelloToAllowed) is { IsServerHello: true });
            Assert.False(await waiting is { IsServerHello: true });
            Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(5));
            var told = await appliance.Events.FirstAsync(mark, e => e.Is("name", name));
            Assert.True(told.Is("reason", "upstream_unresolvable") || told.Is("reason", "upstream_timeout"), told.ToString());
        }
        finally
        {
            lab.Dns.Resume();
        }

        await Waiting.UntilAsync(
            async () => await Attempt.OfAsync(lab.Sandbox, destination, hello) is { IsServerHello: true }, TimeSpan.FromSeconds(2), () => "it does not recover");
    }
}
