using System.Net.Sockets;

namespace SniProxy.Lab.Ground;

/// <summary>A stream of any length, each of whose bytes is known by its place: what is lost, doubled or exchanged on the way shows.</summary>
public static class KnownBytes
{
    // A size of which no buffer on the way holds a multiple.
    private static readonly byte[] Block = Make(262_139);

    /// <summary>Sends so many bytes, telling of each part that was taken.</summary>
    public static async Task SendAsync(Socket socket, long length, Action<int> taken, CancellationToken stop)
    {
        for (var at = 0L; at < length;)
        {
            var piece = From(at);
            var sent = await socket.SendAsync(piece[..(int)Math.Min(piece.Length, length - at)], stop);
            at += sent;
            taken(sent);
        }
    }

    /// <summary>Reads to the end, telling of each part; a wrong byte fails.</summary>
    /// <param name="from">What has been read of the stream before.</param>
    public static async Task ReceiveToEndAsync(Socket socket, long from, Action<int> came, CancellationToken stop)
    {
        var buffer = new byte[Block.Length];
        for (var at = from; await socket.ReceiveAsync(buffer, stop) is > 0 and var count; at += count)
        {
            Check(buffer.AsSpan(0, count), at);
            came(count);
        }
    }

    /// <summary>Fails where these are not the bytes of that place.</summary>
    public static void Check(ReadOnlySpan<byte> bytes, long at)
    {
        while (!bytes.IsEmpty)
        {
            var expected = From(at).Span;
            var length = Math.Min(expected.Length, bytes.Length);
            if (!bytes[..length].SequenceEqual(expected[..length]))
            {
                throw new LabException($"a wrong byte at {at + bytes[..length].CommonPrefixLength(expected[..length])}");
            }

            bytes = bytes[length..];
            at += length;
        }
    }

    private static ReadOnlyMemory<byte> From(long at) => Block.AsMemory((int)(at % Block.Length));

    // The first byte is none of a protocol that is looked for.
    private static byte[] Make(int length)
    {
        var block = new byte[length];
        new Random(length).NextBytes(block);
        block[0] = 0xFF;
        return block;
    }
}
