using System.Runtime.CompilerServices;

namespace SniProxy.Events;

/// <summary>A growing buffer that is used again and whose end can be taken back. What a value looks like is <see cref="JsonValues"/>' to say.</summary>
internal sealed class LineBuffer
{
    private byte[] bytes = new byte[64 * 1024];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => bytes.AsSpan(0, Length);

    public void Truncate(int length) => Length = length;

    // Put where it is called, so that a literal's length is known and it is moved in a register or two.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(ReadOnlySpan<byte> more)
    {
        more.CopyTo(Reserve(more.Length));
        Length += more.Length;
    }

    /// <summary>Room behind the end for at least so many bytes; <see cref="Advance"/> says how many were used.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> Reserve(int count)
    {
        if (bytes.Length - Length < count)
        {
            Grow(count);
        }

        return bytes.AsSpan(Length);
    }

    public void Advance(int count) => Length += count;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int count) => Array.Resize(ref bytes, Math.Max(checked(Length + count), bytes.Length * 2));
}
