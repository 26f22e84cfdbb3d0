using System.Text.Json;
using SniProxy.Core.Contract;

namespace SniProxy.Events;

/// <summary>
/// The file of JSON lines. A batch is appended whole or not at all: what a failed write left behind is cut off before the next, and a line
/// that a crash tore is cut off when the file is opened, so that the chain goes on from the last whole line.
/// </summary>
internal sealed class EventFile(string path) : IDisposable
{
    private readonly LineBuffer buffer = new();
    private readonly Utf8JsonWriter json = new(Stream.Null, new JsonWriterOptions { SkipValidation = true });
    private ChainLink link = ChainLink.Start;
    private FileStream? stream;
    private string? repair;
    private long length = -1;

    public string Path => path;

    /// <summary>What had to be mended when the file was opened, once.</summary>
    public string? TakeRepair()
    {
        var text = repair;
        repair = null;
        return text;
    }

    /// <summary>Null when all of them are written, else what is in the way.</summary>
    public string? TryAppend(ReadOnlySpan<FlowEvent> events)
    {
        try
        {
            stream ??= Open();
            var next = Serialise(events);
            stream.Write(buffer.Written);
            length += buffer.Length;
            link = next;
            return null;
        }
        catch (Exception problem)
        {
            // Whatever it is, it must not end the writer: the events stay in the queue and are tried again, and the log says why.
            Close();
            return problem.Message;
        }
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

    public void Dispose()
    {
        Close();
        json.Dispose();
    }

    private ChainLink Serialise(ReadOnlySpan<FlowEvent> events)
    {
        buffer.Truncate(0);
        var next = link;
        foreach (var flowEvent in events)
        {
            var start = buffer.Length;
            json.Reset(buffer);
            json.WriteStartObject();
            next.WriteHead(json);
            EventJson.WriteFields(json, flowEvent);
            json.WriteEndObject();
            json.Flush();
            next = next.Close(buffer, start);
        }

        return next;
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
            link = ChainTail.Find(opened, out length, out repair);
        }

        if (opened.Length > length)
        {
            opened.SetLength(length);
        }

        opened.Position = length;
    }
}
