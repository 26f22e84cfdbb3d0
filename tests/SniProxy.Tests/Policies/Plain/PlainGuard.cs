using System.Net;
using SniProxy.Core.Policies;

namespace SniProxy.Tests.Policies.Plain;

/// <summary>The floor under all rules.</summary>
/// <param name="HasPool">Names are answered with addresses of the pool, where nobody lives.</param>
internal sealed record PlainGuard(bool HasPool)
{
    /// <summary>IPv4 inside IPv6 counts as that IPv4: whichever of the two is worse.</summary>
    public GuardFinding Find(IPAddress address, int port)
    {
        var found = FindPlain(address, port);
        if (found == GuardFinding.Never || PlainAddresses.Inner(address) is not { } inner)
        {
            return found;
        }

        var behind = FindPlain(inner, port);
        return behind < found ? behind : found;
    }

    public bool IsOfPool(IPAddress? address) => HasPool && address is not null && Array.Exists(PlainAddresses.Pool, range => range.Contains(address));

    private GuardFinding FindPlain(IPAddress address, int port) =>
        port == PlainAddresses.ListenerPort && address.Equals(PlainAddresses.Listener) ? GuardFinding.Self
        : IsOfPool(address) ? GuardFinding.Never
        : address.Equals(PlainAddresses.Exempt) ? GuardFinding.None
        : address.Equals(PlainAddresses.Own) ? GuardFinding.Self
        : PlainAddresses.Sandboxes.Contains(address) || Array.Exists(PlainAddresses.Never, range => range.Contains(address)) ? GuardFinding.Never
        : Array.Exists(PlainAddresses.Private, range => range.Contains(address)) ? GuardFinding.Private
        : GuardFinding.None;
}
