namespace SniProxy.Core.Policies;

/// <summary>What the guard says of an address that is about to be dialled. Zero forbids.</summary>
public enum GuardFinding : byte
{
    /// <summary>Loopback, link-local, metadata services, networks of sandboxes: no rule and no mode opens it.</summary>
    Never = 0,

    /// <summary>The appliance itself.</summary>
    Self,

    /// <summary>An inner network: only a rule that names it opens it.</summary>
    Private,

    None,
}
