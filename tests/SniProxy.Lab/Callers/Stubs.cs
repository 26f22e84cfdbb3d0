using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Callers;

/// <summary>The resolver libraries that programs in sandboxes bring along.</summary>
public static class Stubs
{
    private const int Count = 7;

    public static IReadOnlyDictionary<string, Stub> All { get; } = new Stub[]
    {
        new("glibc", (sandbox, _, name) => RunAsync(sandbox.Command("python3", "-c", StubScripts.Python, name, $"{Count}"))),
        new("musl", MuslAsync),
        new("c-ares", (sandbox, _, name) => RunAsync(sandbox.Command("node", "-e", StubScripts.Node, "--", name, $"{Count}"))),
        new("dotnet", DotnetAsync),
        new("go", GoAsync),
    }.ToDictionary(stub => stub.Name);

    private static async Task<StubAnswer> RunAsync(Command command) => StubAnswer.Read(await command.RunAsync());

    /// <summary>A static program, made by the first look-up of the run in the sandbox's own folder.</summary>
    private static async Task<StubAnswer> MuslAsync(Namespace sandbox, EventFile events, string name)
    {
        var program = Path.Combine(sandbox.Environment["HOME"], "musl-stub");
        if (!File.Exists(program))
        {
            var compile = new Command(["musl-gcc", "-static", "-O1", "-x", "c", "-", "-o", program]) { Input = System.Text.Encoding.ASCII.GetBytes(StubScripts.C) };
            (await compile.RunAsync()).MustSucceed();
        }

        return await RunAsync(sandbox.Command(program, name, $"{Count}"));
    }

    private static Task<StubAnswer> DotnetAsync(Namespace sandbox, EventFile events, string name) => RunAsync(sandbox.Command([.. ProductProgram.Words, "--version"]) with
    {
        Environment = new Dictionary<string, string>(sandbox.Environment)
        {
            ["DOTNET_STARTUP_HOOKS"] = typeof(Stubs).Assembly.Location,
            [StartupHook.NameVariable] = name,
            [StartupHook.CountVariable] = $"{Count}",
        },
    });

    /// <summary>
    /// promtool, which is a program in Go, with the resolver that is written in Go. It tells no times: its wait is taken to begin when its first question
    /// arrives, and to end with the program, after the request that follows a found name.
    /// </summary>
    private static async Task<StubAnswer> GoAsync(Namespace sandbox, EventFile events, string name)
    {
        var waits = new double[Count];
        var said = "";
        for (var i = 0; i < Count; i++)
        {
            var mark = events.Mark;
            var result = await (sandbox.Command("promtool", "query", "instant", $"http://{name}/", "up") with
            {
                Environment = new Dictionary<string, string>(sandbox.Environment) { ["GODEBUG"] = "netdns=go+1" },
            }).RunAsync();
            var end = DateTimeOffset.UtcNow;
            var first = await events.FirstAsync(mark, e => e.Is("kind", "dns"));
            waits[i] = (end - first.Root.GetProperty("time").GetDateTimeOffset()).TotalMilliseconds + first.Root.GetProperty("durationMs").GetDouble();
            said = result.Said;
        }

        return said.Contains("use of Go's resolver", StringComparison.Ordinal)
            ? new StubAnswer(said.Contains("no such host", StringComparison.Ordinal) ? [] : ["found"], StubAnswer.MedianOf(waits))
            : throw new LabException("promtool does not use Go's resolver: " + said);
    }
}
