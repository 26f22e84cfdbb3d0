using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Callers;

/// <summary>The resolver libraries that programs in sandboxes bring along.</summary>
public static class Stubs
{
    private const int Count = 7;

    /// <summary>Less than the five seconds that the resolver waits for one answer.</summary>
    private static readonly TimeSpan GoEndsWithin = TimeSpan.FromSeconds(4);

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

    private static Task<StubAnswer> DotnetAsync(Namespace sandbox, EventFile events, string name) => RunAsync(sandbox.Command([.. ProductProgram.TestWords, "-?"]) with
    {
        Environment = new Dictionary<string, string>(sandbox.Environment)
        {
            ["DOTNET_STARTUP_HOOKS"] = typeof(Stubs).Assembly.Location,
            [StartupHook.NameVariable] = name,
            [StartupHook.CountVariable] = $"{Count}",
        },
    });

    /// <summary>
    /// promtool, which is a program in Go, with the resolver that is written in Go. It tells no times, so that its wait is what the appliance sees: from its first
    /// question to the last answer. A wait for a time-out that no question follows would show at the end of the program, which comes soon.
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
                Timeout = GoEndsWithin,
            }).RunAsync();
            said = result.TimedOut ? throw new LabException(result.ToString()) : result.Said;
            await events.FirstAsync(mark, IsQuestion);
            var asked = events.Since(mark).Where(IsQuestion).ToList();
            waits[i] = (asked.Max(AnsweredAt) - asked.Min(one => AnsweredAt(one) - TimeSpan.FromMilliseconds(one.Root.GetProperty("durationMs").GetDouble()))).TotalMilliseconds;
        }

        return said.Contains("use of Go's resolver", StringComparison.Ordinal)
            ? new StubAnswer(said.Contains("no such host", StringComparison.Ordinal) ? [] : ["found"], StubAnswer.MedianOf(waits))
            : throw new LabException("promtool does not use Go's resolver: " + said);
    }

    private static bool IsQuestion(LoggedEvent one) => one.Is("kind", "dns");

    private static DateTimeOffset AnsweredAt(LoggedEvent one) => one.Root.GetProperty("time").GetDateTimeOffset();
}
