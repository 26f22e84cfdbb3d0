namespace SniProxy.Events;

/// <summary>Reads events from their beginning and says whether every line is the one that was written there.</summary>
internal static class EventChain
{
    /// <summary>Longer lines are not ours.</summary>
    public const int MaxLineBytes = 1024 * 1024;

    /// <summary>
    /// A chain may begin anywhere, for older files may have been put away; <see cref="ChainReport.First"/> says where. Lines cut off the end
    /// cannot be missed by the chain alone: compare <see cref="ChainReport.Last"/> with what is known from elsewhere.
    /// </summary>
    public static ChainReport Verify(Stream stream) => Verify(stream, null, out _);

    /// <summary>Reads the file at a path and, before it, those that were put away beside it, oldest first, as the one chain they are.</summary>
    public static ChainReport VerifyAll(string path)
    {
        var whole = new ChainReport(true, 0, 0, 0, null);
        ChainLink? last = null;
        foreach (var file in new EventArchive(path).Files().Append(path).Where(File.Exists))
        {
            using var stream = File.OpenRead(file);
            var report = Verify(stream, last, out var reached);
            if (!report.IsWhole)
            {
                return report with { File = file };
            }

            if (report.Lines > 0)
            {
                last = reached;
                whole = whole with { First = whole.Lines == 0 ? report.First : whole.First, Last = report.Last, Lines = whole.Lines + report.Lines };
            }
        }

        return whole;
    }

    // Without a link to go on from the chain may begin anywhere.
    private static ChainReport Verify(Stream stream, ChainLink? after, out ChainLink last)
    {
        var buffer = new byte[64 * 1024];
        var filled = 0;
        long first = 0;
        long lines = 0;
        last = after ?? ChainLink.Start;
        while (true)
        {
            var read = stream.Read(buffer, filled, buffer.Length - filled);
            filled += read;
            var start = 0;
            for (var end = IndexOfLineFeed(buffer, start, filled); end >= 0; end = IndexOfLineFeed(buffer, start, filled))
            {
                lines++;
                if (Check(buffer.AsSpan(start, end - start), lines == 1 && after is null, ref last) is { } problem)
                {
                    return new ChainReport(false, first, last.Sequence, lines, problem);
                }

                first = lines == 1 ? last.Sequence : first;
                start = end + 1;
            }

            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
            if (read == 0)
            {
                return filled == 0
                    ? new ChainReport(true, first, last.Sequence, lines, null)
                    : new ChainReport(false, first, last.Sequence, lines + 1, "the last line is cut off");
            }

            if (filled == buffer.Length)
            {
                if (filled >= MaxLineBytes)
                {
                    return new ChainReport(false, first, last.Sequence, lines + 1, "the line is too long to be an event");
                }

                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
    }

    private static int IndexOfLineFeed(byte[] buffer, int start, int filled)
    {
        var index = buffer.AsSpan(start, filled - start).IndexOf((byte)'\n');
        return index < 0 ? -1 : start + index;
    }

    private static string? Check(ReadOnlySpan<byte> line, bool isFirst, ref ChainLink last)
    {
        if (!ChainLink.TryRead(line, out var link, out var previous))
        {
            return "the line was changed: its hash is not its own";
        }

        if (isFirst && link.Sequence != 1)
        {
            last = link;
            return null;
        }

        if (link.Sequence != last.Sequence + 1 || !last.Hash.IsWrittenAs(previous))
        {
            return FormattableString.Invariant($"the line is number {link.Sequence} and does not follow number {last.Sequence}: lines were removed, added or moved");
        }

        last = link;
        return null;
    }
}
