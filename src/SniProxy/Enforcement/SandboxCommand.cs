using System.Diagnostics;

namespace SniProxy.Enforcement;

/// <summary>
/// A command that runs inside a namespace with the caller's standard streams, folder and environment. It dies with the caller, whatever
/// ended that, and gets the caller's signals.
/// </summary>
internal sealed class SandboxCommand(IReadOnlyList<string> arguments)
{
    // The set that container engines leave a root user: enough to install packages; not enough to enter another namespace (CAP_SYS_ADMIN),
    // to take over a process outside (CAP_SYS_PTRACE) or to change the network (CAP_NET_ADMIN).
    private const string Capabilities =
        "-all,+audit_write,+chown,+dac_override,+fowner,+fsetid,+kill,+mknod,+net_bind_service,+net_raw,+setfcap,+setgid,+setpcap,+setuid,+sys_chroot";

    /// <summary>Leaves a root command everything that root may do; it can then leave the namespace if it wants to.</summary>
    public bool KeepsPrivileges { get; init; }

    /// <summary>Runs it to its end and returns its status.</summary>
    /// <exception cref="MissingCapabilityException">ip or setpriv is missing.</exception>
    public Task<int> RunAsync(string networkNamespace)
    {
        var start = new ProcessStartInfo(ExternalCommand.Locate("ip"), Inside(networkNamespace));
        var ended = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);

        // prctl(2), PR_SET_PDEATHSIG: the "parent" that must not end first is the thread that forked, so one is kept for as long as it takes.
        var thread = new Thread(() => RunToEnd(start, ended)) { IsBackground = true, Name = "exec" };
        thread.Start();
        return ended.Task;
    }

    private IEnumerable<string> Inside(string networkNamespace)
    {
        IEnumerable<string> privileges = KeepsPrivileges ? [] : ["--bounding-set", Capabilities, "--inh-caps", "-all"];

        // ip and setpriv replace themselves by what they start: the process that ends is the command, and so is its status.
        return ["netns", "exec", networkNamespace, ExternalCommand.Locate("setpriv"), "--pdeathsig", "KILL", .. privileges, "--", .. arguments];
    }

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
