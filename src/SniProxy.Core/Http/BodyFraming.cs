namespace SniProxy.Core.Http;

/// <summary>How the end of a request's body is found (RFC 9112 section 6.3).</summary>
public enum BodyFraming : byte
{
    /// <summary>Not known; nothing of the message may be forwarded.</summary>
    Unknown = 0,

    /// <summary>There is no body.</summary>
    None,

    /// <summary>By Content-Length.</summary>
    Length,

    /// <summary>By the chunked coding.</summary>
    Chunked,
}
