using System.Globalization;

namespace SniProxy.LoadTests;

/// <summary>Processor time until now, in seconds: of some processes (utime and stime, proc(5)) and of the whole machine (what was not idle).</summary>
internal readonly record struct ProcessorTime(double OfProcesses, double OfMachine)
{
    private const double TicksPerSecond = 100;

    public static ProcessorTime Now(IEnumerable<int> processes) => new(processes.Sum(Of), Busy());

    public static ProcessorTime operator -(ProcessorTime later, ProcessorTime earlier) =>
        new(later.OfProcesses - earlier.OfProcesses, later.OfMachine - earlier.OfMachine);

    // The name stands in parentheses and may hold anything; behind it the state is field 3, utime 14, stime 15.
    private static double Of(int process)
    {
        var text = File.ReadAllText($"/proc/{process}/stat");
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return (Number(fields[11]) + Number(fields[12])) / TicksPerSecond;
    }

    // Elapsed on all processors less idle and waiting for disks: user and system time are sampled and miss what sleeps over a tick.
    private static double Busy()
    {
        var idle = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[4..6].Sum(Number) / TicksPerSecond;
        return (Environment.ProcessorCount * Number(File.ReadAllText("/proc/uptime").Split(' ')[0])) - idle;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
