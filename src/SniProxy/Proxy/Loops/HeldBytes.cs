using System.Buffers;

namespace SniProxy.Proxy.Loops;

/// <summary>Bytes that wait to be judged or sent, in a buffer that is borrowed only while there are any.</summary>
internal struct HeldBytes
{
    private byte[]? buffer;
    private int start;
    private int end;

    public readonly int Length => end - start;

    public readonly ReadOnlySpan<byte> Span => buffer.AsSpan(start, end - start);

    public readonly ReadOnlySequence<byte> Sequence => buffer is null ? ReadOnlySequence<byte>.Empty : new(buffer, start, end - start);

    /// <summary>Room behind the bytes that are held; at least one byte, and as much as wanted where nothing is held yet.</summary>
    public Span<byte> Room(int wantedBytes)
    {
        buffer ??= FirstBuffers.Rent(wantedBytes);
        if (end < buffer.Length)
        {
            return buffer.AsSpan(end);
        }

        var former = buffer;
        buffer = FirstBuffers.Rent(Math.Max(former.Length, Length * 2));
        former.AsSpan(start, Length).CopyTo(buffer);
        (start, end) = (0, end - start);
        FirstBuffers.Return(former);
        return buffer.AsSpan(end);
    }

    /// <summary>The first bytes of the room were filled.</summary>
    public void Add(int bytes) => end += bytes;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var room = Room(bytes.Length);
            var taken = Math.Min(room.Length, bytes.Length);
            bytes[..taken].CopyTo(room);
            end += taken;
            bytes = bytes[taken..];
        }
    }

    /// <summary>Bytes at the front are done with.</summary>
    public void Take(int bytes)
    {
        start += bytes;
        if (start == end)
        {
            Release();
        }
    }

    public void Release()
    {
        if (buffer is { } returned)
        {
            FirstBuffers.Return(returned);
        }

        this = default;
    }
}
