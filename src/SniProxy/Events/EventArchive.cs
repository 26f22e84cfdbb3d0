using System.Globalization;

namespace SniProxy.Events;

/// <summary>
/// The files that were put away beside the one that is written: <c>events.000000000512.jsonl</c> beside <c>events.jsonl</c>, named by the
/// number of its last event, so that their order is the chain's whatever became of clocks and dates. To put one away is to rename it:
/// there is no moment at which an event is in none of them.
/// </summary>
internal sealed class EventArchive(string path)
{
    private readonly string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
    private readonly string prefix = Path.GetFileNameWithoutExtension(path) + ".";
    private readonly string suffix = Path.GetExtension(path);

    /// <summary>What was put away, oldest first.</summary>
    public IReadOnlyList<string> Files() => [.. Numbered().Select(file => file.Path)];

    /// <summary>The newest of them and the number of its last event; null and 0 where there is none.</summary>
    public (string? Path, long Last) Newest() => Numbered().LastOrDefault();

    /// <summary>Puts the file away that is written now; whoever has it open still has it.</summary>
    /// <param name="last">The number of its last event.</param>
    public void PutAway(long last) =>
        File.Move(path, Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{prefix}{last:D12}{suffix}")), overwrite: false);

    /// <summary>Deletes the oldest beyond a number, and those whose last event is older than a time.</summary>
    public void Thin(int kept, DateTime before)
    {
        var files = Files();
        for (var i = 0; i < files.Count; i++)
        {
            if (files.Count - i > kept || File.GetLastWriteTimeUtc(files[i]) < before)
            {
                File.Delete(files[i]);
            }
        }
    }

    private IEnumerable<(string Path, long Last)> Numbered() => !Directory.Exists(folder) ? [] : Directory.EnumerateFiles(folder)
        .Select(file => (Path: file, Last: NumberOf(Path.GetFileName(file))))
        .Where(file => file.Last >= 0)
        .OrderBy(file => file.Last);

    // -1 for files that are none of ours.
    private long NumberOf(string name) =>
        name.Length > prefix.Length + suffix.Length
        && name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith(suffix, StringComparison.Ordinal)
        && long.TryParse(name.AsSpan(prefix.Length, name.Length - prefix.Length - suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            ? last : -1;
}
