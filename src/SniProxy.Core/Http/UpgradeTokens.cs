namespace SniProxy.Core.Http;

/// <summary>The protocols that a request's Upgrade fields ask for (RFC 9110 section 7.8).</summary>
internal struct UpgradeTokens
{
    private bool isForbidden;
    private bool isWebSocket;
    private bool isOther;

    public readonly UpgradeKind Kind => this switch
    {
        { isForbidden: true } => UpgradeKind.Forbidden,
        { isOther: true } => UpgradeKind.Other,
        { isWebSocket: true } => UpgradeKind.WebSocket,
        _ => UpgradeKind.None,
    };

    /// <summary>The field counts whatever Connection says: a server that forgets to look there would switch all the same.</summary>
    public RequestFault Add(ReadOnlySpan<byte> value)
    {
        while (HttpSyntax.TakeElement(ref value, out var token))
        {
            if (token.Is("websocket"u8))
            {
                isWebSocket = true;
            }
            else if (IsForbidden(token))
            {
                isForbidden = true;
            }
            else
            {
                isOther = true;
            }
        }

        return RequestFault.None;
    }

    public RequestFault Forbid()
    {
        isForbidden = true;
        return RequestFault.None;
    }

    // h2c with its drafts, HTTP/2.0, TLS/1.0 (RFC 2817 section 3.1), and what is no token at all.
    private static bool IsForbidden(ReadOnlySpan<byte> token)
    {
        var slash = token.IndexOf((byte)'/');
        var name = slash < 0 ? token : token[..slash];
        return !HttpSyntax.IsToken(name)
            || StartsWith(name, "h2"u8)
            || StartsWith(name, "HTTP"u8)
            || StartsWith(name, "TLS"u8)
            || StartsWith(name, "SSL"u8);
    }

    private static bool StartsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> start) =>
        text.Length >= start.Length && text[..start.Length].Is(start);
}
