namespace SniProxy.Core.FirstBytes;

/// <summary>What the first bytes of a client show, whatever the port. Zero lets nothing pass.</summary>
public enum FirstBytesKind : byte
{
    /// <summary>Not to be told yet; nothing stays so beyond <see cref="FirstBytes.DecidedAt"/> bytes.</summary>
    Incomplete = 0,

    /// <summary>A record of TLS (RFC 8446 section 5.1). It stays TLS whatever follows.</summary>
    Tls,

    /// <summary>A ClientHello in the form of SSL 2.0 (RFC 5246 appendix E.2).</summary>
    SslV2,

    /// <summary>
    /// A method token, or so much of one that some server could take it for a request. To be read by the request reader or refused.
    /// </summary>
    HttpCandidate,

    /// <summary>The preface of HTTP/2 without TLS (RFC 9113 section 3.4).</summary>
    Http2Preface,

    /// <summary>The identification of SSH (RFC 4253 section 4.2).</summary>
    Ssh,

    /// <summary>PostgreSQL asks for TLS.</summary>
    PostgresSslRequest,

    /// <summary>PostgreSQL asks for GSSAPI encryption.</summary>
    PostgresGssRequest,

    /// <summary>PostgreSQL cancels a query of another connection.</summary>
    PostgresCancel,

    /// <summary>PostgreSQL begins in clear text.</summary>
    PostgresStartup,

    Socks4,

    /// <summary>RFC 1928.</summary>
    Socks5,

    /// <summary>A PROXY protocol header, version 1 or 2: a forged identity when it comes from a sandbox.</summary>
    ProxyProtocol,

    /// <summary>A command of Redis in its array form.</summary>
    Redis,

    /// <summary>None of the above; only a rule for any bytes can allow it.</summary>
    Other,
}
