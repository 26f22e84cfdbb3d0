using System.Net;

namespace SniProxy.Enforcement;

/// <summary>
/// A gateway's interface towards sandboxes. Sources may be narrowed to networks; without any, whatever the routing table reaches through
/// the interface may speak from it. A family without a network among given ones may not speak at all.
/// </summary>
internal sealed record SandboxInterface(string Name)
{
    public IReadOnlyList<IPNetwork> Sources { get; init; } = [];
}
