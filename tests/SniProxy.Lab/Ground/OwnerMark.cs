using System.Globalization;

namespace SniProxy.Lab.Ground;

/// <summary>
/// Whose a namespace or folder is: its name begins with the owner's process id and start time, so that leftovers of a dead run can be told
/// from the things of a live one even after the id has been given to another process.
/// </summary>
public readonly record struct OwnerMark(int ProcessId, long StartTicks)
{
    public string Prefix => string.Create(CultureInfo.InvariantCulture, $"sl{ProcessId}-{StartTicks}");

    public bool IsAlive => StartTicksOf(ProcessId) == StartTicks;

    public static OwnerMark OfThisProcess() =>
        new(Environment.ProcessId, StartTicksOf(Environment.ProcessId) ?? throw new LabException("/proc does not show this process: mount it"));

    public static bool TryParse(string name, out OwnerMark mark)
    {
        mark = default;
        var parts = name.Split('-');
        if (parts.Length < 2 || !parts[0].StartsWith("sl", StringComparison.Ordinal))
        {
            return false;
        }

        if (!int.TryParse(parts[0].AsSpan(2), CultureInfo.InvariantCulture, out var id)
            || !long.TryParse(parts[1], CultureInfo.InvariantCulture, out var start))
        {
            return false;
        }

        mark = new OwnerMark(id, start);
        return true;
    }

    /// <summary>Field 22 of /proc/ID/stat (proc(5)); null when there is no such process or only its corpse.</summary>
    public static long? StartTicksOf(int processId)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            // The second field is the program's name in parentheses and may hold anything, also spaces and parentheses.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] == "Z" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
