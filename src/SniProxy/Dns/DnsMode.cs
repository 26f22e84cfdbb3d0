namespace SniProxy.Dns;

/// <summary>Where answers come from.</summary>
internal enum DnsMode : byte
{
    /// <summary>Allowed names are asked upstream.</summary>
    Forward = 0,

    /// <summary>Allowed names get an address of a pool, and nothing is asked until the sandbox connects.</summary>
    Synthetic,
}
