namespace SniProxy.Enforcement;

/// <summary>
/// Tells whether anything that rules consist of may have changed in this network namespace: nftables, routing rules and routes, interfaces.
/// To ask costs two system calls, where reading the rules starts four programs.
/// </summary>
internal sealed class KernelChanges : IDisposable
{
    // linux/rtnetlink.h RTNLGRP_LINK 1, IPV4_ROUTE 7, IPV4_RULE 8, IPV6_ROUTE 11, IPV6_RULE 19; linux/netfilter/nfnetlink.h NFNLGRP_NFTABLES 7.
    private const uint RouteGroups = 1u << 0 | 1u << 6 | 1u << 7 | 1u << 10 | 1u << 18;
    private const uint NetfilterGroups = 1u << 6;

    private readonly NetlinkSubscription? routes = NetlinkSubscription.TryOpen(NetlinkSubscription.RouteProtocol, RouteGroups);
    private readonly NetlinkSubscription? tables = NetlinkSubscription.TryOpen(NetlinkSubscription.NetfilterProtocol, NetfilterGroups);

    /// <summary>True when something may have changed since the last call, and where the kernel does not tell; never false for a change that was made before.</summary>
    public bool TakeChanged()
    {
        var routesChanged = routes?.TakeChanged() ?? true;
        var tablesChanged = tables?.TakeChanged() ?? true;
        return routesChanged || tablesChanged;
    }

    public void Dispose()
    {
        routes?.Dispose();
        tables?.Dispose();
    }
}
