using System.Diagnostics;

namespace SniProxy.Enforcement;

/// <summary>
/// A command that runs inside a namespace with the caller's standard streams, folder and environment. It dies with the caller, whatever
/// ended that, and gets the caller's signals.
/// </summary>
internal sealed class SandboxCommand(IReadOnlyList<string> arguments)
{
    /// <summary>Leaves a root command everything that root may do, and sees; it can then leave the namespace if it wants to.</summary>
    public bool KeepsPrivileges { get; init; }

    private static IEnumerable<string> Dying => [ExternalCommand.Locate("setpriv"), "--pdeathsig", "KILL"];

    /// <summary>Runs it to its end and returns its status.</summary>
    /// <exception cref="MissingCapabilityException">ip, mount or setpriv is missing.</exception>
    public Task<int> RunAsync(string networkNamespace)
    {
        var start = new ProcessStartInfo(ExternalCommand.Locate("ip"), Inside(networkNamespace));
        var ended = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);

        // prctl(2), PR_SET_PDEATHSIG: the "parent" that must not end first is the thread that forked, so one is kept for as long as it takes.
        var thread = new Thread(() => RunToEnd(start, ended)) { IsBackground = true, Name = "exec" };
        thread.Start();
        return ended.Task;
    }

    // All of them replace themselves by what they start: the process that ends is the command, and so is its status.
    private IEnumerable<string> Inside(string networkNamespace) => KeepsPrivileges
        ? ["netns", "exec", networkNamespace, .. Dying, "--", .. arguments]
        : ["netns", "exec", networkNamespace, .. Confinement.Words(networkNamespace), .. Dying, .. Confinement.Privileges, "--", .. arguments];

    private static void RunToEnd(ProcessStartInfo start, TaskCompletionSource<int> ended)
    {
        try
        {
            using var process = Process.Start(start) ?? throw new CommandFailedException($"`{start.FileName}` did not start");
            using var signals = new ForwardedSignals(process);
            process.WaitForExit();
            ended.SetResult(process.ExitCode);
        }
        catch (Exception error)
        {
            ended.SetException(error);
        }
    }
}
