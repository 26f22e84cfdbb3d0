namespace SniProxy.Core.Http;

/// <summary>
/// Walks a body in the chunked coding (RFC 9112 section 7.1) byte by byte, keeping none of it. Stricter than the RFC where lenient
/// readers disagree about where a chunk ends: no line end but CR LF, no whitespace around the size, at most eight hexadecimal digits.
/// The default value is broken.
/// </summary>
internal struct ChunkedBody
{
    private readonly int maxLineBytes;
    private TrailerSection trailers;
    private Part part;
    private long size;
    private int digits;
    private int lineBytes;

    public ChunkedBody(HttpLimits limits)
    {
        maxLineBytes = limits.ChunkLineBytes;
        trailers = new TrailerSection(limits.TrailerBytes);
        part = Part.Size;
    }

    private enum Part : byte
    {
        Broken = 0,
        Size,
        Extension,
        SizeLineFeed,
        Content,
        ContentReturn,
        ContentLineFeed,
        Trailers,
    }

    public readonly bool IsDone => part == Part.Trailers && trailers.IsDone;

    public readonly bool IsBroken => part == Part.Broken || trailers.IsBroken;

    /// <summary>Which part is broken.</summary>
    public readonly RequestFault Fault => part == Part.Trailers ? RequestFault.Trailer : RequestFault.Chunk;

    /// <summary>
    /// Walks on and returns how many of <paramref name="bytes"/> belong to the body: all of them unless it is then done or broken.
    /// </summary>
    public int Walk(ReadOnlySpan<byte> bytes)
    {
        var taken = 0;
        while (taken < bytes.Length && !IsDone && !IsBroken)
        {
            if (part == Part.Content)
            {
                var length = (int)Math.Min(size, bytes.Length - taken);
                size -= length;
                taken += length;
                part = size == 0 ? Part.ContentReturn : Part.Content;
            }
            else
            {
                Take(bytes[taken++]);
            }
        }

        return taken;
    }

    private void Take(byte value)
    {
        if (part == Part.Trailers)
        {
            trailers.Take(value);
            return;
        }

        part = part switch
        {
            Part.Size => AfterSize(value),
            Part.Extension => AfterExtension(value),
            Part.SizeLineFeed when value == '\n' => BeginChunk(),
            Part.ContentReturn when value == '\r' => Part.ContentLineFeed,
            Part.ContentLineFeed when value == '\n' => Part.Size,
            _ => Part.Broken,
        };
    }

    private Part AfterSize(byte value)
    {
        if (char.IsAsciiHexDigit((char)value))
        {
            size = size << 4 | (uint)(value <= '9' ? value - '0' : (value | 0x20) - 'a' + 10);
            return ++digits > 8 ? Part.Broken : Part.Size;
        }

        return value switch
        {
            (byte)'\r' when digits > 0 => Part.SizeLineFeed,
            (byte)';' when digits > 0 => Part.Extension,
            _ => Part.Broken,
        };
    }

    // An extension's own grammar does not move the end of its line, as long as there is no other line end in it.
    private Part AfterExtension(byte value)
    {
        if (value == '\r')
        {
            return Part.SizeLineFeed;
        }

        return ++lineBytes > maxLineBytes || value is not ((byte)'\t' or >= 0x20 and < 0x7f) ? Part.Broken : Part.Extension;
    }

    private Part BeginChunk()
    {
        digits = 0;
        lineBytes = 0;
        return size == 0 ? Part.Trailers : Part.Content;
    }
}
