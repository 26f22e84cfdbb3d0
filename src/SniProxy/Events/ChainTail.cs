using System.Globalization;

namespace SniProxy.Events;

/// <summary>Finds where the chain in a file stands by reading its end.</summary>
internal static class ChainTail
{
    /// <param name="file">The file, readable and seekable.</param>
    /// <param name="length">Bytes of whole lines; what lies behind is a torn line.</param>
    /// <param name="repair">What has to be mended, in words, or null.</param>
    public static ChainLink Find(FileStream file, out long length, out string? repair)
    {
        var size = (int)Math.Min(file.Length, EventChain.MaxLineBytes);
        var tail = new byte[size];
        file.Position = file.Length - size;
        file.ReadExactly(tail);
        var torn = size - 1 - tail.AsSpan().LastIndexOf((byte)'\n');
        length = file.Length - torn;
        repair = torn == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"the last line was torn; its {torn} bytes are cut off");
        var whole = tail.AsSpan(0, size - torn);
        if (whole.IsEmpty)
        {
            return ChainLink.Start;
        }

        var line = whole[(whole[..^1].LastIndexOf((byte)'\n') + 1)..^1];
        if (ChainLink.TryRead(line, out var link, out _))
        {
            return link;
        }

        repair = "the last line is none of ours or was changed; a new chain begins behind it";
        return ChainLink.Start;
    }
}
