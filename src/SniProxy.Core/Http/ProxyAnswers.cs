namespace SniProxy.Core.Http;

/// <summary>The explicit listener's fixed answers.</summary>
public static class ProxyAnswers
{
    /// <summary>The answer to CONNECT behind which the tunnel begins (RFC 9110 section 9.3.6: no length, no body).</summary>
    public static ReadOnlySpan<byte> ConnectionEstablished => "HTTP/1.1 200 Connection established\r\n\r\n"u8;

    /// <summary>Asks for proxy credentials (RFC 9110 section 15.5.8).</summary>
    public static ReadOnlySpan<byte> AuthenticationRequired =>
        "HTTP/1.1 407 Proxy Authentication Required\r\n"u8 +
        "Proxy-Authenticate: Basic realm=\"sniproxy\", charset=\"UTF-8\"\r\n"u8 +
        "Proxy-Status: sniproxy; error=http_request_denied; details=\"unknown_sandbox\"\r\n"u8 +
        "Connection: close\r\n"u8 +
        "Content-Length: 0\r\n\r\n"u8;

    /// <summary>Lets a client send the body that it announced, where the appliance itself is the server.</summary>
    public static ReadOnlySpan<byte> Continue => "HTTP/1.1 100 Continue\r\n\r\n"u8;
}
