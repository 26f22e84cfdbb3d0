using System.Runtime.InteropServices;

namespace SniProxy.Enforcement;

/// <summary>kill(2) and the numbers it takes (asm-generic/signal.h).</summary>
internal static partial class Signals
{
    public const int Hangup = 1;
    public const int Interrupt = 2;
    public const int Quit = 3;
    public const int Kill = 9;
    public const int User1 = 10;
    public const int User2 = 12;
    public const int Terminate = 15;

    /// <summary>Sends a signal to one process; false when there is none of that id, or it is not ours to signal.</summary>
    public static bool TrySend(int process, int signal) => process > 0 && Send(process, signal) == 0;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Send(int process, int signal);
}
