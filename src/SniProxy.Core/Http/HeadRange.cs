using System.Buffers;

namespace SniProxy.Core.Http;

/// <summary>
/// Where a part of a head lies, counted from the first byte of the bytes that were read. Kept instead of a copy, so that nothing secret
/// outlives the buffer.
/// </summary>
public readonly record struct HeadRange(int Start, int Length)
{
    public ReadOnlySequence<byte> Of(in ReadOnlySequence<byte> wire) => wire.Slice(Start, Length);

    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> wire) => wire.Slice(Start, Length);
}
