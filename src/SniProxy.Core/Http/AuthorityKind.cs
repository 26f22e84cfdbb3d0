namespace SniProxy.Core.Http;

/// <summary>What an authority (Host field, request target) turned out to be. Zero is the answer that denies.</summary>
public enum AuthorityKind : byte
{
    /// <summary>Not <c>host[:port]</c>: user information, a list, a foreign character, an address in an unusual spelling.</summary>
    Malformed = 0,

    /// <summary>There is none, or it is empty.</summary>
    Absent,

    Name,

    /// <summary>An address literal.</summary>
    Address,
}
