// Over 200 lines: opening, appending, mending and putting away keep one position in one chain.
using SniProxy.Core.Contract;

namespace SniProxy.Events;

/// <summary>
/// The file of JSON lines. A batch is appended whole or not at all: what a failed write left behind is cut off before the next, and a line
/// that a crash tore is cut off when the file is opened, so that the chain goes on from the last whole line. A file that is full, or a day
/// old, is put away, and the chain goes on in a new one.
/// </summary>
internal sealed class EventFile : IDisposable
{
    // So that what is kept for so many days is kept for so many days, also where little happens.
    private static readonly TimeSpan LongestFile = TimeSpan.FromDays(1);

    // What stands in the way of putting a file away does not stand in the way of writing on.
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMinutes(1);

    private readonly string path;
    private readonly EventOptions options;
    private readonly TimeProvider clock;
    private readonly EventArchive archive;
    private readonly LineBuffer buffer = new();
    private readonly EventLines few = new();
    private readonly PageCache pages = new();
    private ChainLink link = ChainLink.Start;
    private FileStream? stream;
    private string? remark;
    private long length = -1;
    private DateTimeOffset begun;
    private DateTimeOffset nextTry = DateTimeOffset.MinValue;

    public EventFile(string path, EventOptions? options = null, TimeProvider? clock = null)
    {
        this.path = path;
        this.options = options ?? new EventOptions();
        this.clock = clock ?? TimeProvider.System;
        archive = new EventArchive(path);
    }

    public string Path => path;

    /// <summary>What had to be mended when the file was opened, or hinders its being put away; once.</summary>
    public string? TakeRemark()
    {
        var text = remark;
        remark = null;
        return text;
    }

    /// <inheritdoc cref="TryAppend(IReadOnlyList{EventLines})"/>
    public string? TryAppend(ReadOnlySpan<FlowEvent> events)
    {
        few.Clear();
        foreach (var flowEvent in events)
        {
            few.Add(EventLines.FieldsOf(flowEvent));
        }

        return TryAppend([few]);
    }

    /// <summary>Null when all of them are written, else what is in the way.</summary>
    public string? TryAppend(IReadOnlyList<EventLines> batches)
    {
        try
        {
            stream ??= Open();
            var next = Chain(batches);
            if (IsFullFor(buffer.Length))
            {
                PutAway(stream);
                stream ??= Open();
            }

            stream.Write(buffer.Written);
            length += buffer.Length;
            link = next;
            pages.Grown(stream, length);
            return null;
        }
        catch (Exception problem)
        {
            // Whatever it is, it must not end the writer: the events stay in the queue and are tried again, and the log says why.
            Close();
            return problem.Message;
        }
    }

    /// <summary>Puts away and deletes what has become too old while nothing was to be written.</summary>
    public void Age()
    {
        if (TryAppend(ReadOnlySpan<FlowEvent>.Empty) is null && stream is { } old && IsFullFor(0))
        {
            PutAway(old);
        }

        Thin();
    }

    /// <summary>Sees to it that what was appended outlives a loss of power.</summary>
    public void FlushToDisk()
    {
        try
        {
            stream?.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            // What cannot be synced is still written; the next append will tell.
            Close();
        }
    }

    public void Dispose() => Close();

    private ChainLink Chain(IReadOnlyList<EventLines> batches)
    {
        buffer.Truncate(0);
        var next = link;
        foreach (var batch in batches)
        {
            foreach (var fields in batch)
            {
                var start = buffer.Length;
                next.WriteHead(buffer);
                buffer.Append(fields);
                next = next.Close(buffer, start);
            }
        }

        return next;
    }

    // A pipe or a device is never full, and an empty file never too old.
    private bool IsFullFor(int more) =>
        stream is { CanSeek: true, CanRead: true } && length > 0 && clock.GetUtcNow() is var now && now >= nextTry
        && (length + more > options.MaxFileBytes || now - begun >= LongestFile);

    private void PutAway(FileStream full)
    {
        try
        {
            full.Flush(flushToDisk: true);
            archive.PutAway(link.Sequence);
            Close();
            length = 0;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            nextTry = clock.GetUtcNow() + BetweenTries;
            remark = $"it is full and cannot be put away, so it grows on: {problem.Message}";
            return;
        }

        Thin();
    }

    private void Thin()
    {
        try
        {
            archive.Thin(options.KeptFiles, clock.GetUtcNow().UtcDateTime - options.Retention);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            remark = $"an old file beside it cannot be deleted: {problem.Message}";
        }
    }

    private void Close()
    {
        try
        {
            stream?.Dispose();
        }
        catch (IOException)
        {
            // Closing reports what an earlier write could not do; that write has failed or will be cut off.
        }

        stream = null;
    }

    private FileStream Open()
    {
        if (System.IO.Path.GetDirectoryName(path) is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
        }

        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = IsPlainFile() ? FileAccess.ReadWrite : FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            // The group may read, for shippers of logs; nobody else, for it tells who talks to whom.
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        }

        var opened = new FileStream(path, options);
        try
        {
            FindEnd(opened);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    private bool IsPlainFile() => !File.Exists(path) || (File.GetAttributes(path) & FileAttributes.Device) == 0;

    private void FindEnd(FileStream opened)
    {
        if (!opened.CanSeek || !opened.CanRead)
        {
            return;
        }

        if (length < 0 || opened.Length < length)
        {
            link = ChainTail.Find(opened, archive, out length, out remark);
            Thin();
        }

        if (opened.Length > length)
        {
            opened.SetLength(length);
        }

        opened.Position = length;
        pages.Begin(length);
        begun = length == 0 ? clock.GetUtcNow() : File.GetCreationTimeUtc(path);
    }
}
