using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace SniProxy.Lab.Ground;

/// <summary>A process that stays: a server or the appliance. It is noted in the lab's folder, so that the next run can end it after an abort.</summary>
public sealed class Child : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly Task _reading;

    private Child(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(ListenAsync(process.StandardOutput), ListenAsync(process.StandardError));
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Everything it has written so far, both streams.</summary>
    public string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
        }
    }

    public static Child Start(IReadOnlyList<string> words, IReadOnlyDictionary<string, string> environment, string labFolder, string? folder = null)
    {
        var process = new Process { StartInfo = Command.StartInfo(words, environment, folder) };
        process.Start();
        process.StandardInput.Close();
        var ticks = OwnerMark.StartTicksOf(process.Id);
        if (ticks is not null)
        {
            File.AppendAllText(
                Path.Combine(labFolder, Leftovers.ChildrenFile), string.Create(CultureInfo.InvariantCulture, $"{process.Id} {ticks}\n"));
        }

        return new Child(process);
    }

    public void Signal(int signal)
    {
        if (!_process.HasExited)
        {
            _ = Signals.Send(_process.Id, signal);
        }
    }

    /// <summary>The exit status, or a failure that shows what it said.</summary>
    public async Task<int> ExitAsync(TimeSpan within)
    {
        using var deadline = new CancellationTokenSource(within);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new LabException($"process {Id} did not end within {within}:\n{Said}");
        }

        await _reading;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Signal(Signals.Terminate);
        using (var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(3)))
        {
            await _process.WaitForExitAsync(deadline.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Signal(Signals.Kill);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task ListenAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_said)
            {
                _said.AppendLine(line);
            }
        }
    }
}
