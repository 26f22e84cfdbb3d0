using System.Runtime.InteropServices;

namespace SniProxy.Enforcement;

/// <summary>How many descriptors this process may open, and how many it has open. A flow that gets none would be a flow unanswered.</summary>
internal static partial class Descriptors
{
    // asm-generic/resource.h RLIMIT_NOFILE
    private const int OpenFiles = 7;

    /// <summary>What the kernel enforces now; unlimited is the greatest number.</summary>
    public static long Limit() => Read().Soft;

    /// <summary>Raises the limit to what this process may have without asking anyone, and returns it.</summary>
    public static long RaiseLimit()
    {
        var limits = Read();
        var raised = new Limits { Current = limits.Maximum, Maximum = limits.Maximum };
        return SetLimits(OpenFiles, in raised) == 0 ? Read().Soft : limits.Soft;
    }

    /// <summary>Open right now, the one for counting not counted.</summary>
    public static int Open() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count() - 1;

    private static Limits Read() => GetLimits(OpenFiles, out var limits) == 0 ? limits : default;

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimits(int resource, out Limits limits);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimits(int resource, in Limits limits);

    // struct rlimit of a 64-bit system (getrlimit(2)).
    [StructLayout(LayoutKind.Sequential)]
    private struct Limits
    {
        public ulong Current;
        public ulong Maximum;

        public readonly long Soft => (long)Math.Min(Current, long.MaxValue);
    }
}
