using System.Security.Cryptography;
using System.Text;

namespace SniProxy.Lab.Ground;

/// <summary>What became of one command; as text it is everything a failed assertion should show.</summary>
public sealed record CommandResult(string CommandLine, int ExitCode, byte[] OutputBytes, string Error, TimeSpan Elapsed, bool TimedOut)
{
    public string Output => Encoding.UTF8.GetString(OutputBytes);

    /// <summary>Output and error together, for clients that cannot agree where a message belongs.</summary>
    public string Said => Output + Error;

    public string OutputSha256 => Convert.ToHexStringLower(SHA256.HashData(OutputBytes));

    /// <summary>Whether an HTTP 403 is what the client complains about, in number or in word.</summary>
    public bool SaysForbidden =>
        Said.Contains("403", StringComparison.Ordinal) || Said.Contains("Forbidden", StringComparison.OrdinalIgnoreCase);

    public CommandResult MustSucceed()
    {
        if (ExitCode != 0 || TimedOut)
        {
            throw new LabException(ToString());
        }

        return this;
    }

    public override string ToString()
    {
        var output = Output;
        var shown = output.Length > 2000 ? $"{output[..2000]}… ({OutputBytes.Length} bytes)" : output;
        var end = TimedOut ? "ran out of time" : $"exit {ExitCode}";
        return $"{CommandLine}\n{end} after {Elapsed.TotalMilliseconds:F0} ms\n{shown}\n{Error}";
    }
}
