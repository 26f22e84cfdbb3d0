using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Names;

/// <summary>iodine through a wildcard that a policy allows.</summary>
public sealed class Tunnels(Lab lab)
{
    private const int MostQuestions = 200;
    private const int OrdinaryNames = 150;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly string Policy = $"""
        version: 1
        mode: enforce
        default: deny
        rules: [allowed.example, "**.{UpstreamDns.Wild}", {string.Join(", ", UpstreamDns.TunnelDomains.Select(domain => $"\"**.{domain}\""))}]
        """;

    /// <summary>What goes out, on whichever record type, is cut short, and is called by its name in an event and in a metric.</summary>
    [Theory]
    [InlineData("TXT", true)]
    [InlineData("SRV", true)]
    [InlineData("MX", true)]
    [InlineData("A", true)]
    [InlineData("NULL", false)]
    [InlineData("PRIVATE", false)]
    [InlineData("CNAME", false)]
    public async Task ATunnelIsStoppedAndNamed(string type, bool leaves)
    {
        var appliance = await lab.ApplianceAsync(ApplianceSettings.With(Policy), Door.Redirect);
        var domain = Tunnel.DomainOf(type);
        var (asked, told) = (lab.Dns.Mark, appliance.Events.Mark);
        await using var tunnel = await Tunnel.StartAsync(lab.Internet, lab.SecondSandbox, Places.SecondGateway, type);
        await Waiting.UntilAsync(
            async () =>
            {
                await tunnel.CarryAsync(10);
                return Denial(appliance, told, domain) is not null;
            },
            Patience,
            () => "the tunnel was not denied:\n" + tunnel.Said);

        // It goes on trying; nothing of that arrives.
        var count = lab.Dns.CountAsked(domain, asked);
        Assert.InRange(count, leaves ? 1 : 0, leaves ? MostQuestions : 0);
        await tunnel.CarryAsync(50);
        Assert.Equal(count, lab.Dns.CountAsked(domain, asked));
        Assert.Contains(domain, Denial(appliance, told, domain)?["message"], StringComparison.Ordinal);
        var label = type == "PRIVATE" ? "other" : type;
        Assert.NotEqual(0, await appliance.MetricAsync("sniproxy_dns_queries_total", $"reason=\"tunnelling\",type=\"{label}\",verdict=\"deny\""));
    }

    /// <summary>The counter-proof: with limits out of reach the same tunnel comes up, so that what stops it above is the watch.</summary>
    [Fact]
    public async Task WithoutTheWatchATunnelComesUp()
    {
        await lab.ApplianceAsync(ApplianceSettings.With(Policy).Set("Dns:Tunnelling:Names", 1000), Door.Redirect);
        await using var tunnel = await Tunnel.StartAsync(lab.Internet, lab.SecondSandbox, Places.SecondGateway, "TXT");
        await Waiting.UntilAsync(() => tunnel.IsUp, Patience, () => "the tunnel did not come up:\n" + tunnel.Said);
    }

    /// <summary>Many hosts of one network for content, all of which exist: told, and not stopped.</summary>
    [Fact]
    public async Task AnInstallationWithManyNamesGoesThrough()
    {
        var appliance = await lab.ApplianceAsync(ApplianceSettings.With(Policy), Door.Redirect);
        var told = appliance.Events.Mark;
        for (var i = 0; i < OrdinaryNames; i++)
        {
            var answer = await Question.AskAsync(lab.Sandbox, Places.Gateway.V4, $"files-{i}.cdn.{UpstreamDns.Wild}", tcp: false);
            Assert.True(answer.AsSpan().IndexOf(Places.Allowed.V4.GetAddressBytes()) > 0, $"name {i}: {Convert.ToHexString(answer)}");
        }

        var first = await appliance.Events.FirstAsync(told, e => e.Is("reason", "tunnelling"));
        Assert.True(first.Is("verdict", "allow"), first.ToString());
    }

    private static LoggedEvent? Denial(Appliance appliance, long since, string domain) => appliance.Events.Since(since).FirstOrDefault(
        e => e.Is("reason", "tunnelling") && e.Is("verdict", "deny") && e["qname"]?.EndsWith(domain, StringComparison.Ordinal) == true);
}
