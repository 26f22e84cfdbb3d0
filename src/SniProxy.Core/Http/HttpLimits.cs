namespace SniProxy.Core.Http;

/// <summary>
/// How much of one request is looked at. RFC 9112 section 3 asks for request lines of at least 8,000 bytes; 32 KiB and 100 fields are what
/// servers behind an egress door accept at most (Kestrel's defaults are 32 KiB and 100).
/// </summary>
public sealed record HttpLimits
{
    public static HttpLimits Default { get; } = new();

    /// <summary>Bytes of the request line without its line end.</summary>
    public int RequestLineBytes { get; init; } = 8 * 1024;

    /// <summary>Bytes of the head: an empty line before it, request line, fields, and the empty line that ends it.</summary>
    public int HeadBytes { get; init; } = 32 * 1024;

    /// <summary>Field lines of the head.</summary>
    public int Fields { get; init; } = 100;

    /// <summary>
    /// Bytes of one chunk-size line with its extensions, without its line end (RFC 9112 section 7.1.1 leaves the figure to the
    /// recipient).
    /// </summary>
    public int ChunkLineBytes { get; init; } = 256;

    /// <summary>Bytes of a trailer section with its line ends.</summary>
    public int TrailerBytes { get; init; } = 8 * 1024;
}
