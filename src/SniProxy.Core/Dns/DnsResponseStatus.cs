namespace SniProxy.Core.Dns;

/// <summary>What a message from an upstream turned out to be. Zero is the answer nobody asked for.</summary>
public enum DnsResponseStatus : byte
{
    /// <summary>Not the response to this query: another id, question or operation. Whoever waits goes on waiting.</summary>
    Mismatched = 0,

    /// <summary>The response, but broken, or larger than is taken here.</summary>
    Malformed,

    /// <summary>The response, cut off: ask again over TCP (RFC 7766 section 5).</summary>
    Truncated,

    Complete,
}
