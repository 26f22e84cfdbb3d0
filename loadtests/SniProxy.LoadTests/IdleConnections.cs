using System.Diagnostics;

namespace SniProxy.LoadTests;

/// <summary>Connections that stand and do nothing.</summary>
internal sealed class IdleConnections : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Process process;

    public IdleConnections(Process process, int count)
    {
        this.process = process;
        if (process.StandardOutput.ReadLine() is not { } line || !line.StartsWith($"open={count} ", StringComparison.Ordinal))
        {
            throw new CommandFailedException($"{count} idle connections: {process.StandardError.ReadToEnd()}");
        }
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
    }
}
