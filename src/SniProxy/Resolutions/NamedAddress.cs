using SniProxy.Core.Addresses;
using SniProxy.Core.Names;

namespace SniProxy.Resolutions;

/// <summary>One name and one address of it, as one sandbox was told; guarded by the lock of its <see cref="SandboxBindings"/>.</summary>
internal sealed class NamedAddress
{
    public NamedAddress(HostName name, Address address)
    {
        Name = name;
        Address = address;
        InSandbox = new LinkedListNode<NamedAddress>(this);
        InName = new LinkedListNode<NamedAddress>(this);
    }

    public HostName Name { get; }

    public Address Address { get; }

    /// <summary>A timestamp of the map's clock.</summary>
    public long ExpiresAt { get; set; }

    /// <summary>The expiry at which it got its places in both orders.</summary>
    public long PlacedFor { get; set; }

    /// <summary>Flows that began under it and still last.</summary>
    public int Flows { get; set; }

    /// <summary>Its neighbours among the bindings of the same address.</summary>
    public NamedAddress? Next { get; set; }

    public NamedAddress? Previous { get; set; }

    /// <summary>Its place among the sandbox's bindings, the ones learned longest ago first.</summary>
    public LinkedListNode<NamedAddress> InSandbox { get; }

    /// <summary>Its place among the name's, in the same order.</summary>
    public LinkedListNode<NamedAddress> InName { get; }
}
