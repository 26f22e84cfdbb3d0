using System.Diagnostics;
using SniProxy.Enforcement;

namespace SniProxy.Tests.Enforcement;

/// <summary>
/// A process of its own that makes a sandbox namespace, says its name on a line, runs a command in it and ends with the command's status:
/// this very assembly, taken over by .NET's start-up hook before its main method. It can be killed as no test may kill itself.
/// </summary>
internal sealed class ExecOwner : IDisposable
{
    private const string CommandVariable = "SNIPROXY_TESTS_EXEC";
    private const string DemandWord = "demand ";

    private readonly Process process;

    private ExecOwner(Process process) => this.process = process;

    public int ProcessId => process.Id;

    public StreamReader Output => process.StandardOutput;

    /// <summary>Starts one; its first line of output is the namespace's name, what follows is the command's.</summary>
    public static ExecOwner Start(string shellCommand, params string[] prefix)
    {
        Assert.True(Environment.IsPrivilegedProcess, "these tests make network namespaces: run them as root");
        string[] arguments = [.. prefix, "dotnet", typeof(ExecOwner).Assembly.Location];
        var start = new ProcessStartInfo(arguments[0], arguments.Skip(1)) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(ExecOwner).Assembly.Location;
        start.Environment[CommandVariable] = shellCommand;
        return new ExecOwner(Assert.IsType<Process>(Process.Start(start)));
    }

    /// <summary>Starts one that only asks whether it may run a listener of this kind: status 77 and what is missing, or 0.</summary>
    public static ExecOwner Demand(Interception interception, params string[] prefix) => Start($"{DemandWord}{interception}", prefix);

    /// <summary>The other side: what the started process does.</summary>
    public static async Task<int?> RunAsync()
    {
        var shellCommand = Environment.GetEnvironmentVariable(CommandVariable);
        if (shellCommand is null)
        {
            return null;
        }

        Environment.SetEnvironmentVariable(CommandVariable, null);
        Environment.SetEnvironmentVariable("DOTNET_STARTUP_HOOKS", null);
        if (shellCommand.StartsWith(DemandWord, StringComparison.Ordinal))
        {
            return Demand(Enum.Parse<Interception>(shellCommand[DemandWord.Length..]));
        }

        await using var sandbox = await SandboxNamespace.CreateAsync();
        Console.WriteLine(sandbox.Name);
        return await sandbox.RunAsync(new SandboxCommand(["sh", "-c", shellCommand]));
    }

    private static int Demand(Interception interception)
    {
        try
        {
            Capabilities.Demand([interception]);
            return 0;
        }
        catch (MissingCapabilityException error)
        {
            Console.WriteLine(error.Message);
            return 77;
        }
    }

    public async Task<string> ReadLineAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return $"{await Output.ReadLineAsync(limit.Token)}";
    }

    /// <summary>What is written until nobody is left who could write: the owner, its command, and whatever that started.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return await Output.ReadToEndAsync(limit.Token);
    }

    public async Task<int> StatusAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    /// <summary>Sends the command a line.</summary>
    public void Resume() => process.StandardInput.WriteLine("go");

    public void Signal(int number) => Assert.True(Signals.TrySend(process.Id, number));

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
    }
}
