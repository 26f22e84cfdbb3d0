using System.Diagnostics;
using System.Text;

namespace SniProxy.Lab.Ground;

/// <summary>One command that is expected to end: run, fed, timed, and killed with its children when its time is over.</summary>
public sealed record Command(IReadOnlyList<string> Words)
{
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(20);

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>Leaves standard input open until the command ends: for clients that hang up at the end of their input.</summary>
    public bool HoldInput { get; init; }

    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    public string? Folder { get; init; }

    public static Task<CommandResult> RunAsync(params string[] words) => new Command(words).RunAsync();

    public async Task<CommandResult> RunAsync(CancellationToken cancellation = default)
    {
        using var process = new Process { StartInfo = StartInfo(Words, Environment, Folder) };
        var watch = Stopwatch.StartNew();
        process.Start();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(Timeout);
        var output = DrainAsync(process.StandardOutput.BaseStream);
        var error = DrainAsync(process.StandardError.BaseStream);
        var timedOut = false;
        try
        {
            await FeedAsync(process, deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            timedOut = true;
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }

        var elapsed = watch.Elapsed;
        return new CommandResult(
            string.Join(' ', Words), process.ExitCode, await output, Encoding.UTF8.GetString(await error), elapsed, timedOut);
    }

    /// <summary>A bare environment: no proxy settings, language or shims of the machine's owner reach a lab's process.</summary>
    internal static ProcessStartInfo StartInfo(IReadOnlyList<string> words, IReadOnlyDictionary<string, string> environment, string? folder)
    {
        var start = new ProcessStartInfo(Prerequisites.Locate(words[0]))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "/",
        };
        foreach (var word in words.Skip(1))
        {
            start.ArgumentList.Add(word);
        }

        start.Environment.Clear();
        start.Environment["PATH"] = Prerequisites.Path;
        start.Environment["LANG"] = "C.UTF-8";
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        return start;
    }

    private async Task FeedAsync(Process process, CancellationToken cancellation)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(Input, cancellation);
            await process.StandardInput.BaseStream.FlushAsync(cancellation);
            if (!HoldInput)
            {
                process.StandardInput.Close();
            }
        }
        catch (IOException)
        {
            // It ended without reading; its exit status says why.
        }
    }

    private static async Task<byte[]> DrainAsync(Stream stream)
    {
        using var memory = new MemoryStream();
        await stream.CopyToAsync(memory);
        return memory.ToArray();
    }
}
