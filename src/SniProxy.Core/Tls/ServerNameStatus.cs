namespace SniProxy.Core.Tls;

/// <summary>What a ClientHello says about the server it wants. Zero is the answer that denies.</summary>
public enum ServerNameStatus : byte
{
    /// <summary>Not read, or not readable.</summary>
    Malformed = 0,

    /// <summary>A proper hello without the server_name extension.</summary>
    Absent,

    /// <summary>An address where a name belongs (RFC 6066 section 3 forbids it, clients do it): the same as no name, for another reason.</summary>
    Address,

    /// <summary>One name, in canonical form.</summary>
    Valid,
}
