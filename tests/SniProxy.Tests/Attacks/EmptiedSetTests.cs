using SniProxy.Enforcement;

namespace SniProxy.Tests.Attacks;

public sealed class EmptiedSetTests
{
    // What `nft flush set` leaves: every chain and rule in its place, and none of them concerns anybody.
    [Fact]
    public void RulesForNoInterfaceAreAFault()
    {
        var installed = InstalledRuleset.Parse("""{"nftables":[{"set":{"name":"sandboxes"}}]}""");

        Assert.Contains(
            installed.Differences(new RulesetOptions { Interfaces = [], ListenerPort = 1 }),
            fault => fault.StartsWith("no interface is in the table", StringComparison.Ordinal));
    }
}
