using System.Diagnostics;
using System.Globalization;
using SniProxy.LoadTests.Contenders;

namespace SniProxy.LoadTests;

/// <summary>A contender that runs, with all its processes.</summary>
internal sealed class RunningProxy : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Process process;

    public RunningProxy(Contender contender, Network network, string folder, HostMap hosts)
    {
        Directory.CreateDirectory(folder);
        var command = contender.Configure(folder, hosts);
        var log = $"{folder}/output.log";
        process = Command.Start(network.InGateway(contender.Processors, command), log);
        try
        {
            AwaitListening(contender, log);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Its processes.</summary>
    public IEnumerable<int> Processes => Family(process.Id);

    /// <summary>The same, for a tool to watch.</summary>
    public string Ids => string.Join(',', Processes);

    /// <summary>What is resident of all its processes, in KiB; pages that they share count once.</summary>
    public double ResidentKib => Family(process.Id).Sum(id => File.ReadLines($"/proc/{id}/smaps_rollup")
        .Where(line => line.StartsWith("Pss:", StringComparison.Ordinal))
        .Sum(line => double.Parse(line[4..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture)));

    public void Dispose()
    {
        if (!process.HasExited)
        {
            foreach (var id in Family(process.Id).Reverse())
            {
                Kill(id);
            }

            process.WaitForExit(Patience);
        }

        process.Dispose();
    }

    private void AwaitListening(Contender contender, string log)
    {
        var started = Stopwatch.GetTimestamp();
        while (!IsListening(contender.Port))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(started) > Patience)
            {
                throw new CommandFailedException($"{contender.Name} does not listen: {File.ReadAllText(log)}");
            }

            Thread.Sleep(20);
        }
    }

    // proc(5): local address and port in hexadecimal, remote, state; 0A is listening. The process's own namespace shows.
    private bool IsListening(int port)
    {
        try
        {
            return ((string[])["tcp", "tcp6"]).SelectMany(table => File.ReadLines($"/proc/{process.Id}/net/{table}"))
                .Any(line => line.Contains($":{port:X4} ", StringComparison.Ordinal) && line.Contains(" 0A ", StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return false; // it ended just now
        }
    }

    private static IEnumerable<int> Family(int id) =>
        [id, .. File.ReadAllText($"/proc/{id}/task/{id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).SelectMany(Family)];

    private static void Kill(int id)
    {
        try
        {
            using var one = Process.GetProcessById(id);
            one.Kill();
        }
        catch (ArgumentException)
        {
            // It went with its parent.
        }
    }
}
