using System.Text;
using System.Text.Json;
using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Product;

/// <summary>The appliance's events.jsonl, read while it is being written: a line counts once its end is there.</summary>
public sealed class EventFile(string path)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The end of the file now: what comes later is what a test has caused.</summary>
    public long Mark => File.Exists(path) ? new FileInfo(path).Length : 0;

    public IReadOnlyList<LoggedEvent> Since(long mark)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var from = Math.Max(0, mark - 1);
        stream.Position = from;
        var bytes = new byte[stream.Length - from];
        stream.ReadExactly(bytes);

        // A line of which a part was written at the mark already is not one that came later.
        var first = mark == 0 ? 0 : bytes.AsSpan().IndexOf((byte)'\n') + 1;
        var complete = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        var lines = Encoding.UTF8.GetString(bytes, first, complete - first).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Select(line => new LoggedEvent(JsonSerializer.Deserialize<JsonElement>(line)))];
    }

    /// <summary>The first event since the mark that fits; flows are written when they end, so it may still be on its way.</summary>
    public Task<LoggedEvent> FirstAsync(long mark, Func<LoggedEvent, bool> fits) => Waiting.ForAsync(
        () => Task.FromResult(Since(mark).FirstOrDefault(fits)),
        Patience,
        () => "no such event; those since:\n" + string.Join('\n', Since(mark)));
}
