using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SniProxy.Enforcement;

/// <summary>Passes this process's signals on to a child for as long as it lives, instead of ending here first.</summary>
internal sealed partial class ForwardedSignals : IDisposable
{
    private readonly Process child;
    private readonly List<PosixSignalRegistration> registrations;

    public ForwardedSignals(Process child)
    {
        this.child = child;
        registrations =
        [
            Pass(PosixSignal.SIGHUP, Signals.Hangup),
            Pass(PosixSignal.SIGINT, Signals.Interrupt),
            Pass(PosixSignal.SIGQUIT, Signals.Quit),
            Pass(PosixSignal.SIGTERM, Signals.Terminate),
            Pass((PosixSignal)Signals.User1, Signals.User1),
            Pass((PosixSignal)Signals.User2, Signals.User2),
        ];
    }

    public void Dispose() => registrations.ForEach(registration => registration.Dispose());

    private PosixSignalRegistration Pass(PosixSignal signal, int number) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        if (!(number is Signals.Interrupt or Signals.Quit && IsForeground()) && !child.HasExited)
        {
            Signals.TrySend(child.Id, number);
        }
    });

    // Ctrl+C goes to every process of the terminal's foreground group, the child among them; a second one would mean "at once".
    private static bool IsForeground() => TerminalGroup(0) == OwnGroup();

    [LibraryImport("libc", EntryPoint = "tcgetpgrp")]
    private static partial int TerminalGroup(int descriptor);

    [LibraryImport("libc", EntryPoint = "getpgrp")]
    private static partial int OwnGroup();
}
