using System.Diagnostics;

namespace SniProxy.Benchmarks;

/// <summary>
/// How long this machine takes to read memory that lies apart: a chase from line to line in no order. A verdict over many entries is three such
/// reads or more, so that this says which part of its cost is the machine's.
/// </summary>
internal static class MemoryLatency
{
    private const int LineBytes = 64;
    private const int Steps = 2_000_000;

    /// <summary>Nanoseconds for a read.</summary>
    /// <param name="bytes">Of the memory that is walked.</param>
    public static double Of(int bytes)
    {
        var lines = new int[bytes / LineBytes];
        for (var i = 0; i < lines.Length; i++)
        {
            lines[i] = i;
        }

        new Random(20270104).Shuffle(lines);
        var memory = new int[bytes / sizeof(int)];
        for (var i = 0; i < lines.Length; i++)
        {
            memory[lines[i] * LineBytes / sizeof(int)] = lines[(i + 1) % lines.Length] * LineBytes / sizeof(int);
        }

        Chase(memory, lines.Length);
        var start = Stopwatch.GetTimestamp();
        GC.KeepAlive(Chase(memory, Steps));
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / Steps;
    }

    private static int Chase(int[] memory, int steps)
    {
        var at = 0;
        for (var i = 0; i < steps; i++)
        {
            at = memory[at];
        }

        return at;
    }
}
