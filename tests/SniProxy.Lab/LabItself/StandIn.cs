using SniProxy.Lab.Ground;

namespace SniProxy.Lab.LabItself;

/// <summary>
/// No appliance: the gateway routes everything and hands questions to the upstream resolver. It shows that every client reaches every server
/// when nothing is in the way, so that a refusal seen later is the appliance's. Takes its forwarding back when it ends.
/// </summary>
public sealed class StandIn : IAsyncDisposable
{
    private const string Table = "lab_stand_in";

    private readonly Namespace _gateway;

    private StandIn(Namespace gateway) => _gateway = gateway;

    public static async Task<StandIn> StartAsync(Lab lab)
    {
        await lab.EndApplianceAsync();
        var gateway = lab.Gateway;
        var rules = $$"""
            table inet {{Table}} {
              chain questions {
                type nat hook prerouting priority dstnat; policy accept;
                ip daddr { {{Places.Gateway.V4}}, {{Places.SecondGateway.V4}} } meta l4proto { tcp, udp } th dport 53 dnat ip to {{Places.Resolver.V4}}
                ip6 daddr { {{Places.Gateway.V6}}, {{Places.SecondGateway.V6}} } meta l4proto { tcp, udp } th dport 53 dnat ip6 to {{Places.Resolver.V6}}
              }
            }
            """;
        (await gateway.FeedAsync(rules, "nft", "-f", "-")).MustSucceed();
        await Topology.ForwardAsync(gateway, on: true);
        return new StandIn(gateway);
    }

    public async ValueTask DisposeAsync()
    {
        await Topology.ForwardAsync(_gateway, on: false);
        (await _gateway.RunAsync("nft", "delete", "table", "inet", Table)).MustSucceed();
    }
}
