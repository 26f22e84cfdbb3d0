namespace SniProxy.Core.Contract;

/// <summary>Where the name of a flow comes from.</summary>
public enum Evidence : byte
{
    None = 0,

    /// <summary>The destination address was handed out by our DNS for this sandbox and this one name.</summary>
    Synthetic,

    /// <summary>The server name of a ClientHello: a claim.</summary>
    Sni,

    /// <summary>The Host of an HTTP request: a claim.</summary>
    Host,

    /// <summary>The authority of a proxy request: a claim.</summary>
    Connect,

    /// <summary>Our DNS gave this sandbox that address for that name.</summary>
    Dns,
}
