namespace SniProxy.Core.Addresses;

/// <summary>What an address is by itself, before any configuration. Zero is what nobody dials.</summary>
public enum AddressClass : byte
{
    /// <summary>Loopback, link-local, multicast, metadata services and the like: nothing a sandbox has business with.</summary>
    Never = 0,

    /// <summary>Somebody's inner network.</summary>
    Private,

    /// <summary>Everything else, documentation ranges included.</summary>
    Ordinary,
}
