using System.Buffers;

namespace SniProxy.Core.Tests.Tls;

/// <summary>Makes sequences of several pieces of memory, as a pipe would.</summary>
internal static class Segments
{
    /// <summary>The bytes in pieces of at most <paramref name="size"/>, each in memory of its own.</summary>
    public static ReadOnlySequence<byte> Of(ReadOnlySpan<byte> bytes, int size)
    {
        var first = new Segment(bytes[..Math.Min(size, bytes.Length)].ToArray());
        var last = first;
        for (var rest = bytes[first.Memory.Length..]; !rest.IsEmpty; rest = rest[last.Memory.Length..])
        {
            last = last.Append(rest[..Math.Min(size, rest.Length)].ToArray());
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    /// <summary>The bytes in two pieces.</summary>
    public static ReadOnlySequence<byte> CutAt(ReadOnlySpan<byte> bytes, int at)
    {
        var first = new Segment(bytes[..at].ToArray());
        var last = first.Append(bytes[at..].ToArray());
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes) => Memory = bytes;

        public Segment Append(byte[] bytes)
        {
            var next = new Segment(bytes) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
