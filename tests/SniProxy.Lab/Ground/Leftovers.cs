using System.Diagnostics;
using System.Globalization;

namespace SniProxy.Lab.Ground;

/// <summary>
/// Removes everything that carries a mark: processes, namespaces, their configuration folders and the temporary folder. The same code ends
/// an orderly run, an interrupted one (from the process-exit event, hence synchronous) and, at the next start, a killed one.
/// </summary>
public static class Leftovers
{
    internal const string ChildrenFile = "children";

    private const string NamespaceFolder = "/run/netns";
    private const string ConfigurationFolder = "/etc/netns";

    public static string FolderOf(OwnerMark mark) => Path.Combine(Path.GetTempPath(), mark.Prefix);

    public static void RemoveOfDeadOwners()
    {
        var names = NamesIn(NamespaceFolder).Concat(NamesIn(ConfigurationFolder)).Concat(NamesIn(Path.GetTempPath()));
        var marks = names.Select(name => OwnerMark.TryParse(name, out var mark) ? mark : (OwnerMark?)null).OfType<OwnerMark>().Distinct();
        foreach (var mark in marks.Where(mark => !mark.IsAlive))
        {
            Remove(mark);
        }
    }

    public static void Remove(OwnerMark mark)
    {
        var namespaces = NamesIn(NamespaceFolder).Where(name => BelongsTo(name, mark)).ToArray();
        EndProcesses(mark, namespaces);
        foreach (var name in namespaces)
        {
            Run("ip", "netns", "delete", name);
        }

        foreach (var name in NamesIn(ConfigurationFolder).Where(name => BelongsTo(name, mark)).ToArray())
        {
            Directory.Delete(Path.Combine(ConfigurationFolder, name), recursive: true);
        }

        if (Directory.Exists(ConfigurationFolder) && NamesIn(ConfigurationFolder).Length == 0)
        {
            RemoveUnlessMounted(ConfigurationFolder);
        }

        if (Directory.Exists(FolderOf(mark)))
        {
            Directory.Delete(FolderOf(mark), recursive: true);
        }
    }

    // Where it is a mount, it is not ours to take away.
    private static void RemoveUnlessMounted(string folder)
    {
        try
        {
            Directory.Delete(folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            return;
        }
    }

    private static bool BelongsTo(string name, OwnerMark mark) => name.StartsWith(mark.Prefix + "-", StringComparison.Ordinal);

    private static string[] NamesIn(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateFileSystemEntries(folder).Select(p => Path.GetFileName(p)).ToArray() : [];

    private static void EndProcesses(OwnerMark mark, IReadOnlyList<string> namespaces)
    {
        // Two ways to know them: noted when started, and living in a namespace of ours (which also finds what they started themselves).
        var found = Noted(mark).Concat(namespaces.SelectMany(Inhabitants)).Distinct().ToArray();
        foreach (var (id, _) in found)
        {
            _ = Signals.Send(id, Signals.Kill);
        }

        var watch = Stopwatch.StartNew();
        while (found.Any(p => OwnerMark.StartTicksOf(p.Id) == p.Ticks) && watch.Elapsed < TimeSpan.FromSeconds(3))
        {
            Thread.Sleep(5);
        }
    }

    private static IEnumerable<(int Id, long Ticks)> Noted(OwnerMark mark)
    {
        var file = Path.Combine(FolderOf(mark), ChildrenFile);
        if (!File.Exists(file))
        {
            yield break;
        }

        foreach (var line in File.ReadAllLines(file))
        {
            var parts = line.Split(' ');
            var id = int.Parse(parts[0], CultureInfo.InvariantCulture);
            var ticks = long.Parse(parts[1], CultureInfo.InvariantCulture);
            if (OwnerMark.StartTicksOf(id) == ticks)
            {
                yield return (id, ticks);
            }
        }
    }

    private static IEnumerable<(int Id, long Ticks)> Inhabitants(string name)
    {
        foreach (var line in Run("ip", "netns", "pids", name).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // This very process shows up when one of its threads is inside.
            if (int.TryParse(line, CultureInfo.InvariantCulture, out var id) && id != Environment.ProcessId
                && OwnerMark.StartTicksOf(id) is { } ticks)
            {
                yield return (id, ticks);
            }
        }
    }

    private static string Run(params string[] words)
    {
        using var process = Process.Start(Command.StartInfo(words, new Dictionary<string, string>(), null))
            ?? throw new LabException($"{words[0]} did not start");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
