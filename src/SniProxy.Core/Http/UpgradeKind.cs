namespace SniProxy.Core.Http;

/// <summary>What a request wants to turn its connection into (RFC 9110 section 7.8). Zero is refused.</summary>
public enum UpgradeKind : byte
{
    /// <summary>
    /// Another version of HTTP or TLS (<c>h2c</c>, <c>TLS/1.0</c>, the HTTP2-Settings field): the bytes after the switch name further
    /// destinations that nobody would read.
    /// </summary>
    Forbidden = 0,

    /// <summary>No upgrade is asked for.</summary>
    None,

    WebSocket,

    /// <summary>Some other protocol of the server's own.</summary>
    Other,
}
