namespace SniProxy.Core.Dns;

/// <summary>Extended DNS error codes (RFC 8914 section 4) that are sent from here.</summary>
public enum ExtendedError : ushort
{
    Other = 0,
    Blocked = 15,
    Prohibited = 18,
    NoReachableAuthority = 22,
    NetworkError = 23,
}
