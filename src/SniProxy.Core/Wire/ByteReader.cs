using System.Buffers.Binary;

namespace SniProxy.Core.Wire;

/// <summary>
/// Reads big-endian fields from bytes nobody vouches for. Each step answers false, and takes nothing, where the bytes end too soon.
/// A vector is handed out as a reader of its own: what is read there cannot reach past its length, and <see cref="IsAtEnd"/> afterwards
/// proves that nothing was left over.
/// </summary>
public ref struct ByteReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> rest = bytes;

    /// <summary>The bytes not read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => rest;

    public readonly int Remaining => rest.Length;

    public readonly bool IsAtEnd => rest.IsEmpty;

    public bool TryReadByte(out byte value)
    {
        if (rest.IsEmpty)
        {
            value = 0;
            return false;
        }

        value = rest[0];
        rest = rest[1..];
        return true;
    }

    public bool TryReadUInt16(out ushort value)
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(rest, out value))
        {
            return false;
        }

        rest = rest[sizeof(ushort)..];
        return true;
    }

    /// <summary>Reads the three-byte number that TLS handshake lengths are written in (RFC 8446 section 4).</summary>
    public bool TryReadUInt24(out int value)
    {
        if (rest.Length < 3)
        {
            value = 0;
            return false;
        }

        value = rest[0] << 16 | rest[1] << 8 | rest[2];
        rest = rest[3..];
        return true;
    }

    public bool TryReadUInt32(out uint value)
    {
        if (!BinaryPrimitives.TryReadUInt32BigEndian(rest, out value))
        {
            return false;
        }

        rest = rest[sizeof(uint)..];
        return true;
    }

    public bool TryReadUInt64(out ulong value)
    {
        if (!BinaryPrimitives.TryReadUInt64BigEndian(rest, out value))
        {
            return false;
        }

        rest = rest[sizeof(ulong)..];
        return true;
    }

    public bool TryReadBytes(int count, out ReadOnlySpan<byte> value)
    {
        if ((uint)count > (uint)rest.Length)
        {
            value = default;
            return false;
        }

        value = rest[..count];
        rest = rest[count..];
        return true;
    }

    public bool TrySkip(int count) => TryReadBytes(count, out _);

    /// <summary>Reads a vector with a one-byte length.</summary>
    public bool TryReadVector8(out ByteReader vector)
    {
        vector = default;
        if (rest.IsEmpty || rest[0] >= rest.Length)
        {
            return false;
        }

        vector = new ByteReader(rest.Slice(1, rest[0]));
        rest = rest[(1 + rest[0])..];
        return true;
    }

    /// <summary>Reads a vector with a two-byte length.</summary>
    public bool TryReadVector16(out ByteReader vector)
    {
        vector = default;
        if (!BinaryPrimitives.TryReadUInt16BigEndian(rest, out var length) || length > rest.Length - sizeof(ushort))
        {
            return false;
        }

        vector = new ByteReader(rest.Slice(sizeof(ushort), length));
        rest = rest[(sizeof(ushort) + length)..];
        return true;
    }
}
