namespace SniProxy.Core.Names;

/// <summary>What the bytes of a claimed name turned out to be. Zero is the answer that denies.</summary>
public enum HostNameSyntax : byte
{
    /// <summary>Not a host name: empty label, foreign character, too long.</summary>
    Malformed = 0,

    /// <summary>Digits that some resolver would take for an IPv4 address (<c>192.0.2.1</c>, <c>0x7f.1</c>, <c>2130706433</c>), which is no name (RFC 6066 section 3).</summary>
    Address,

    /// <summary>A name, now in canonical form.</summary>
    Valid,
}
