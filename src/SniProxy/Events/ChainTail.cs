using System.Globalization;

namespace SniProxy.Events;

/// <summary>Finds where the chain stands by reading the end of its last file.</summary>
internal static class ChainTail
{
    /// <param name="file">The file that is written, readable and seekable.</param>
    /// <param name="archive">Where the chain stands while that file is still empty.</param>
    /// <param name="length">Bytes of whole lines; what lies behind is a torn line.</param>
    /// <param name="repair">What has to be mended, in words, or null.</param>
    public static ChainLink Find(FileStream file, EventArchive archive, out long length, out string? repair)
    {
        var (newest, last) = archive.Newest();
        var line = LastLine(file, out length);
        var torn = file.Length - length;
        repair = torn == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"the last line was torn; its {torn} bytes are cut off");
        if (line.Length == 0)
        {
            if (newest is null)
            {
                return ChainLink.Start;
            }

            using var before = File.OpenRead(newest);
            line = LastLine(before, out _);
        }

        if (ChainLink.TryRead(line, out var link, out _))
        {
            return link;
        }

        // Numbers go on, so that the files that are put away from now on are newer than those that were.
        repair = "the last line is none of ours or was changed; a new chain begins behind it";
        return ChainLink.Start with { Sequence = last };
    }

    // Without its line feed; empty where there is no whole line.
    private static ReadOnlySpan<byte> LastLine(FileStream file, out long length)
    {
        var size = (int)Math.Min(file.Length, EventChain.MaxLineBytes);
        var tail = new byte[size];
        file.Position = file.Length - size;
        file.ReadExactly(tail);
        var torn = size - 1 - tail.AsSpan().LastIndexOf((byte)'\n');
        length = file.Length - torn;
        var whole = tail.AsSpan(0, size - torn);
        return whole.IsEmpty ? [] : whole[(whole[..^1].LastIndexOf((byte)'\n') + 1)..^1];
    }
}
