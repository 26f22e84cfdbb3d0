using System.Net;
using System.Runtime.CompilerServices;
using SniProxy.Enforcement;

namespace SniProxy.Tests.Enforcement;

public sealed class RulesetTests
{
    private static readonly RulesetOptions Redirect = new()
    {
        Interfaces = [new SandboxInterface("veth-ci") { Sources = [IPNetwork.Parse("10.77.0.0/16"), IPNetwork.Parse("fd77::/64")] }],
        ListenerPort = 8443,
        DnsPort = 1053,
        DnsDatagramsPerSecond = 2000,
        ExplicitPort = 3128,
    };

    private static readonly RulesetOptions Transparent = Redirect with
    {
        Interfaces = [new SandboxInterface("veth1"), new SandboxInterface("veth2")],
        Interception = Interception.TProxy,
        ListenerPort = 8444,
        ExplicitPort = null,
        InspectsQuic = true,
    };

    [Theory]
    [InlineData("redirect")]
    [InlineData("tproxy")]
    public void WritesTheSameTextEveryTime(string name)
    {
        Assert.Equal(File.ReadAllText(Golden(name)), Ruleset.Script(Named(name)));
    }

    [Theory]
    [InlineData("redirect")]
    [InlineData("tproxy")]
    public async Task WritesWhatNftUnderstands(string name)
    {
        var result = await ExternalCommand.RunAsync(["nft", "-c", "-f", "-"], Ruleset.Script(Named(name)));

        Assert.True(result.Succeeded, result.Error);
    }

    [Fact]
    public void DropsBeforeAnythingElse()
    {
        var first = Ruleset.Nftables(Redirect).Split("chain ")[1];

        Assert.Contains("hook forward priority -300; policy drop;", first);
    }

    [Theory]
    [InlineData("bad\"name")]
    [InlineData("two words")]
    [InlineData("")]
    [InlineData("sixteen-letters-")]
    [InlineData("lo")]
    public void RefusesAnInterfaceThatCannotBe(string name)
    {
        Assert.Throws<ArgumentException>(() => Ruleset.Nftables(Redirect with { Interfaces = [new SandboxInterface(name)] }));
        Assert.Throws<ArgumentException>(() => Ruleset.IpCommands(Redirect with { Interfaces = [new SandboxInterface(name)] }));
    }

    [Fact]
    public void NamesEveryError()
    {
        var errors = (Redirect with { Interfaces = [], Table = "Sni Proxy", ListenerPort = 0, DnsDatagramsPerSecond = 0, InspectsQuic = true }).Errors();

        Assert.Equal(5, errors.Count);
    }

    [Fact]
    public void SilencesTheFamilyForWhichNoSourceIsGiven()
    {
        var text = Ruleset.Nftables(Redirect with { Interfaces = [new SandboxInterface("veth1") { Sources = [IPNetwork.Parse("10.0.0.0/8")] }] });

        Assert.Contains("iifname \"veth1\" meta nfproto ipv6 drop", text);
    }

    private static string Golden(string name, [CallerFilePath] string here = "") =>
        Path.Combine($"{Path.GetDirectoryName(here)}", "Golden", $"{name}.nft");

    private static RulesetOptions Named(string name) => name == "redirect" ? Redirect : Transparent;
}
