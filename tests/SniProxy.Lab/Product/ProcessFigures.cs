using System.Globalization;

namespace SniProxy.Lab.Product;

/// <summary>What the kernel says about a process (proc(5)).</summary>
public static class ProcessFigures
{
    /// <summary>USER_HZ is 100 on every Linux that .NET runs on.</summary>
    private const double TicksPerSecond = 100;

    // Fields 14 and 15 of /proc/PID/stat, counted from behind the command's closing bracket, which is field 2.
    private const int UserTime = 11;
    private const int SystemTime = 12;

    /// <summary>Processor time used so far, in user and kernel mode.</summary>
    public static TimeSpan ProcessorTimeOf(int processId)
    {
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = long.Parse(fields[UserTime], CultureInfo.InvariantCulture) + long.Parse(fields[SystemTime], CultureInfo.InvariantCulture);
        return TimeSpan.FromSeconds(ticks / TicksPerSecond);
    }

    /// <summary>Resident memory in bytes.</summary>
    public static long ResidentBytesOf(int processId)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    public static int DescriptorsOf(int processId) => Directory.EnumerateFileSystemEntries($"/proc/{processId}/fd").Count();
}
