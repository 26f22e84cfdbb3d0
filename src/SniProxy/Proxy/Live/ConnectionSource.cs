using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Policies;
using SniProxy.Sandboxes;

namespace SniProxy.Proxy.Live;

/// <summary>The sandbox that packets come from.</summary>
/// <param name="sandboxes">All of them.</param>
/// <param name="address">Where the packets come from.</param>
/// <param name="ingress">Over which interface, where that is known and matters.</param>
internal readonly struct ConnectionSource(SandboxRegistry sandboxes, Address address, string? ingress) : ISandboxSource
{
    public Sandbox Find() => sandboxes.Find(address, ingress);
}
