namespace SniProxy.Core.Http;

/// <summary>Cuts a server's bytes into lines, keeping at most the beginning of one that is not complete.</summary>
internal sealed class ResponseLine
{
    // Enough for a status line and for the fields that are looked at; of longer lines the rest is only counted.
    private const int KeptBytes = 256;

    // No head that servers send has lines like that.
    private const int MaxLineBytes = 64 * 1024;

    private byte[] kept = [];
    private int length;
    private byte last;

    public bool IsEmpty => length == 0;

    /// <summary>A line ended in LF alone, or does not end.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>
    /// Takes bytes up to the next line end; false when it is not there yet. The line comes without CR LF, and of a long one its
    /// beginning only.
    /// </summary>
    public bool TryTake(ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> line)
    {
        line = default;
        var end = bytes.IndexOf((byte)'\n');
        var piece = end < 0 ? bytes : bytes[..end];
        bytes = end < 0 ? default : bytes[(end + 1)..];
        if (end >= 0 && length == 0)
        {
            IsBroken |= piece is not [.., (byte)'\r'];
            line = IsBroken ? default : piece[..^1];
            return !IsBroken;
        }

        Keep(piece);
        if (end < 0)
        {
            return false;
        }

        IsBroken |= last != '\r';
        line = kept.AsSpan(0, Math.Min(length - 1, KeptBytes));
        length = 0;
        return !IsBroken;
    }

    private void Keep(ReadOnlySpan<byte> piece)
    {
        if (piece.IsEmpty)
        {
            return;
        }

        if (kept.Length == 0)
        {
            kept = new byte[KeptBytes];
        }

        if (length < KeptBytes)
        {
            piece[..Math.Min(piece.Length, KeptBytes - length)].CopyTo(kept.AsSpan(length));
        }

        length += piece.Length;
        last = piece[^1];
        IsBroken |= length > MaxLineBytes;
    }
}
