namespace SniProxy.Enforcement;

/// <summary>How the kernel hands a sandbox's connections to the listener.</summary>
internal enum Interception : byte
{
    /// <summary>REDIRECT: the destination is rewritten, and the connection tracker remembers it.</summary>
    Redirect = 0,

    /// <summary>TPROXY: nothing is rewritten; the listener is transparent.</summary>
    TProxy,
}
