using System.ComponentModel;
using System.Diagnostics;

namespace SniProxy.Enforcement;

/// <summary>Runs nft and ip: arguments as a list and never through a shell, with a deadline, the error output kept for the message.</summary>
internal static class ExternalCommand
{
    // A transaction of nft waits for the kernel's grace periods; on a busy machine that is a second or two, never this long.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    // Administrators' programs live here, and an ordinary user's PATH often leaves these folders out.
    private static readonly string[] AdministratorFolders = ["/usr/sbin", "/sbin", "/usr/local/sbin"];

    /// <summary>Runs a command that must succeed and returns its output.</summary>
    /// <exception cref="MissingCapabilityException">The program or the privilege is missing.</exception>
    /// <exception cref="CommandFailedException">It ended with an error or not in time.</exception>
    public static async Task<string> DemandAsync(IReadOnlyList<string> arguments, string? input = null, CancellationToken cancellation = default)
    {
        var result = await RunAsync(arguments, input, cancellation);
        if (result.Succeeded)
        {
            return result.Output;
        }

        if (IsPrivilegeError(result.Error))
        {
            var capability = arguments.Contains("netns") ? "CAP_SYS_ADMIN" : "CAP_NET_ADMIN";
            throw new MissingCapabilityException(new MissingCapability(
                $"{capability} (for `{string.Join(' ', arguments)}`: {result.Error.Trim()})", $"run as root, or grant the process {capability}"));
        }

        throw new CommandFailedException($"`{string.Join(' ', arguments)}` ended with status {result.Status}: {result.Error.Trim()}");
    }

    /// <summary>Runs a command whose failure the caller wants to look at.</summary>
    /// <exception cref="MissingCapabilityException">The program is missing.</exception>
    /// <exception cref="CommandFailedException">It did not end in time.</exception>
    public static async Task<CommandResult> RunAsync(IReadOnlyList<string> arguments, string? input = null, CancellationToken cancellation = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Deadline);
        using var process = Start(arguments);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await FeedAsync(process, input, limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new CommandResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellation.ThrowIfCancellationRequested();
            throw new CommandFailedException($"`{string.Join(' ', arguments)}` did not end within {Deadline.TotalSeconds} s");
        }
    }

    /// <summary>The full path of a program.</summary>
    /// <exception cref="MissingCapabilityException">It is not installed.</exception>
    public static string Locate(string program)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return folders.Concat(AdministratorFolders).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists)
            ?? throw new MissingCapabilityException(new MissingCapability($"the program {program}", $"install {Package(program)}"));
    }

    private static Process Start(IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(Locate(arguments[0]), arguments.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Messages are compared with the kernel's English ones.
        start.Environment["LC_ALL"] = "C";
        try
        {
            return Process.Start(start) ?? throw new CommandFailedException($"`{arguments[0]}` did not start");
        }
        catch (Win32Exception error)
        {
            throw new CommandFailedException($"`{arguments[0]}` did not start: {error.Message}");
        }
    }

    // A command that ends without reading its input tells why on its error output; the broken pipe says less.
    private static async Task FeedAsync(Process process, string? input, CancellationToken cancellation)
    {
        try
        {
            await process.StandardInput.WriteAsync((input ?? "").AsMemory(), cancellation);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            return;
        }
    }

    private static bool IsPrivilegeError(string error) =>
        error.Contains("Operation not permitted", StringComparison.Ordinal) || error.Contains("Permission denied", StringComparison.Ordinal)
        || error.Contains("must be root", StringComparison.Ordinal);

    private static string Package(string program) => program switch
    {
        "nft" => "nftables",
        "ip" => "iproute2",
        "setpriv" => "util-linux",
        _ => program,
    };
}
