using System.Buffers;
using System.Text;

namespace SniProxy.Core.Tests.Http;

/// <summary>Bytes of the tests, whole or cut into segments.</summary>
internal static class Wire
{
    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    public static ReadOnlySequence<byte> Whole(string text) => new(Bytes(text));

    /// <summary>The same bytes in segments of at most <paramref name="size"/> bytes, every third one followed by an empty segment.</summary>
    public static ReadOnlySequence<byte> Cut(ReadOnlyMemory<byte> bytes, int size)
    {
        var first = new Segment(ReadOnlyMemory<byte>.Empty, null);
        var last = first;
        for (var at = 0; at < bytes.Length; at += size)
        {
            last = new Segment(bytes.Slice(at, Math.Min(size, bytes.Length - at)), last);
            if (at % 3 == 0)
            {
                last = new Segment(ReadOnlyMemory<byte>.Empty, last);
            }
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? previous)
        {
            Memory = memory;
            if (previous is not null)
            {
                RunningIndex = previous.RunningIndex + previous.Memory.Length;
                previous.Next = this;
            }
        }
    }
}
