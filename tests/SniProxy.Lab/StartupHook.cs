using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

// The runtime looks for exactly this name, in no namespace, in the assembly that DOTNET_STARTUP_HOOKS names: so this assembly is also a program that
// asks .NET's resolver from inside a sandbox, where a test host cannot be.
#pragma warning disable CA1050
internal static class StartupHook
#pragma warning restore CA1050
{
    /// <summary>What to look up, and how often; in a process without it nothing happens.</summary>
    public const string NameVariable = "LAB_STUB_NAME";
    public const string CountVariable = "LAB_STUB_COUNT";

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(NameVariable) is not { Length: > 0 } name)
        {
            return;
        }

        for (var i = int.Parse(Environment.GetEnvironmentVariable(CountVariable) ?? "1", CultureInfo.InvariantCulture); i > 0; i--)
        {
            var watch = Stopwatch.StartNew();
            var found = Find(name);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{watch.Elapsed.TotalMilliseconds} {string.Join(' ', found)}"));
        }

        Environment.Exit(0);
    }

    private static IPAddress[] Find(string name)
    {
        try
        {
            return Dns.GetHostAddresses(name);
        }
        catch (SocketException)
        {
            return [];
        }
    }
}
