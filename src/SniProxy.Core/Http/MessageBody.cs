namespace SniProxy.Core.Http;

/// <summary>
/// The body of one message as its head framed it (RFC 9112 section 6.3), walked and not kept. The default value is broken.
/// </summary>
internal struct MessageBody
{
    private readonly BodyFraming framing;
    private readonly bool endsWithConnection;
    private ChunkedBody chunks;
    private long remaining;

    private MessageBody(BodyFraming framing, bool endsWithConnection = false)
    {
        this.framing = framing;
        this.endsWithConnection = endsWithConnection;
    }

    public static MessageBody None => new(BodyFraming.None);

    /// <summary>Only responses have it.</summary>
    public static MessageBody UntilClose => new(BodyFraming.None, endsWithConnection: true);

    public readonly bool IsDone => framing switch
    {
        BodyFraming.None => !endsWithConnection,
        BodyFraming.Length => remaining == 0,
        BodyFraming.Chunked => chunks.IsDone,
        _ => false,
    };

    public readonly bool IsBroken => framing switch
    {
        BodyFraming.None or BodyFraming.Length => false,
        BodyFraming.Chunked => chunks.IsBroken,
        _ => true,
    };

    /// <summary>What broke.</summary>
    public readonly RequestFault Fault => framing == BodyFraming.Chunked ? chunks.Fault : RequestFault.Unread;

    public static MessageBody OfLength(long length) => new(BodyFraming.Length) { remaining = length };

    public static MessageBody Chunked(HttpLimits limits) => new(BodyFraming.Chunked) { chunks = new ChunkedBody(limits) };

    public static MessageBody Of(RequestHead head, HttpLimits limits) => head.Framing switch
    {
        BodyFraming.None => None,
        BodyFraming.Length => OfLength(head.ContentLength),
        BodyFraming.Chunked => Chunked(limits),
        _ => default,
    };

    /// <summary>Walks on and returns how many of <paramref name="bytes"/> belong to the body.</summary>
    public int Walk(ReadOnlySpan<byte> bytes)
    {
        if (framing == BodyFraming.Chunked)
        {
            return chunks.Walk(bytes);
        }

        if (endsWithConnection)
        {
            return bytes.Length;
        }

        var length = (int)Math.Min(remaining, bytes.Length);
        remaining -= length;
        return length;
    }
}
