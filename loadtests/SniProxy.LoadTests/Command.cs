using System.Diagnostics;

namespace SniProxy.LoadTests;

/// <summary>Programs that are run to their end, or left running in the background.</summary>
internal static class Command
{
    /// <summary>What it printed.</summary>
    public static string Run(IReadOnlyList<string> command, TimeSpan deadline)
    {
        using var process = Start(command, null);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(deadline))
        {
            process.Kill(entireProcessTree: true);
            throw new CommandFailedException($"{string.Join(' ', command)}: still running after {deadline.TotalSeconds} s");
        }

        if (process.ExitCode != 0)
        {
            throw new CommandFailedException($"{string.Join(' ', command)}: ended with {process.ExitCode}: {output.Result}{errors.Result}");
        }

        if (errors.Result.Length > 0)
        {
            Console.Error.Write(errors.Result);
        }

        return output.Result;
    }

    /// <summary>Goes on by itself. What it says goes to the file; without one its output is there to be read.</summary>
    public static Process Start(IReadOnlyList<string> command, string? log)
    {
        var shell = log is null ? [] : (string[])["sh", "-c", "exec \"$@\" >\"$0\" 2>&1 </dev/null", log];
        var all = shell.Concat(command).ToArray();
        var start = new ProcessStartInfo(all[0], all[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = log is null,
            RedirectStandardError = log is null,
        };
        return Process.Start(start) ?? throw new CommandFailedException($"{all[0]} cannot be started");
    }
}
