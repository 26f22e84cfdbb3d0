using System.Diagnostics;
using System.Net;
using System.Text;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.RunTime;

/// <summary>
/// Strict mode and the policy change by the hundred while connections come. Of three kinds of them each change concerns one: an allowed name at
/// somebody else's address passes unless strict, a second port passes by one of two policies, and an allowed name at its own address always.
/// </summary>
public sealed class ManyChanges(Lab lab) : IAsyncLifetime
{
    private const int ConnectionsPerSecond = 200;
    private const int SecondPort = 8443;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    // The first protocol it offers is the connection's own mark, which its event tells: on their way through the kernel ports may change.
    private static readonly string Unmarked = MarkOf(0);
    private static readonly byte[] HelloToAllowed = Hello.For(Places.Allowed.Name, Unmarked, "http/1.1");

    private static readonly string Wide = Policy($"allowed.example, \"allowed.example:{SecondPort}\"");
    private static readonly string Narrow = Policy("allowed.example");

    private static readonly ApplianceSettings Settings = ApplianceSettings.With(Wide).Set("Proxy:NewConnectionsPerSecondPerSandbox", 2_000);

    private static readonly IPEndPoint Always = Places.Allowed.At(Family.IPv4, 443);
    private static readonly IPEndPoint UnlessStrict = Places.Denied.At(Family.IPv4, 443);
    private static readonly IPEndPoint ByOnePolicy = Places.Allowed.At(Family.IPv4, SecondPort);

    private volatile State acknowledged = new(0, IsStrict: false, IsWide: true);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>What a failed test has left on would be the next one's surprise.</summary>
    public async ValueTask DisposeAsync()
    {
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        await StrictAsync(appliance, on: false);
        await appliance.ReplacePolicyAsync(ApplianceSettings.PolicyName, Wide);
    }

    [Theory]
    [InlineData(Door.Redirect)]
    [InlineData(Door.TProxy)]
    public Task FiftyTogglesAndTwentyPolicies(Door door) => ChangeUnderLoadAsync(door, toggles: 50, policies: 20);

    [Theory]
    [Trait("Tier", "full")]
    [InlineData(Door.Redirect)]
    [InlineData(Door.TProxy)]
    public Task AThousandTogglesAndTwoHundredPolicies(Door door) => ChangeUnderLoadAsync(door, toggles: 1_000, policies: 200);

    private static string MarkOf(int number) => number.ToString("mark-00000000", System.Globalization.CultureInfo.InvariantCulture);

    private static string Policy(string rules) => $"""
        version: 1
        rules: [{rules}]
        """;

    private static async Task<long> StrictAsync(Appliance appliance, bool on) =>
        (await appliance.ApiAsync(HttpMethod.Put, "/strict", $$"""{"on":{{(on ? "true" : "false")}}}""")).MustSucceed().Json.GetProperty("revision").GetInt64();

    private static async Task<long> RevisionAsync(Appliance appliance) =>
        (await appliance.ApiAsync(HttpMethod.Get, "/strict")).MustSucceed().Json.GetProperty("revision").GetInt64();

    // The latest state at or before the revision: nobody else changes anything that decides.
    private static State At(List<State> states, long revision) => states.Last(state => state.Revision <= revision);

    private static bool Passes(State state, IPEndPoint to) =>
        to.Equals(Always) || (to.Equals(UnlessStrict) ? !state.IsStrict : state.IsWide);

    private async Task ChangeUnderLoadAsync(Door door, int toggles, int policies)
    {
        var appliance = await lab.ApplianceAsync(Settings, door);
        Assert.NotNull(await Clients.ResolveAsync(lab.Sandbox, Places.Allowed.Name, Family.IPv4));
        acknowledged = acknowledged with { Revision = await RevisionAsync(appliance) };
        var mark = appliance.Events.Mark;
        var states = new List<State> { acknowledged };
        using var over = new CancellationTokenSource();
        var load = LoadAsync(over.Token);
        for (var round = 0; round < policies; round++)
        {
            for (var toggle = round * toggles / policies; toggle < (round + 1) * toggles / policies; toggle++)
            {
                var on = !acknowledged.IsStrict;
                Acknowledge(states, acknowledged with { IsStrict = on, Revision = await StrictAsync(appliance, on) });
            }

            // The file's revision is the one after this.
            var next = acknowledged with { IsWide = !acknowledged.IsWide, Revision = await RevisionAsync(appliance) + 1 };
            await appliance.ReplacePolicyAsync(ApplianceSettings.PolicyName, next.IsWide ? Wide : Narrow);
            Acknowledge(states, next);
        }

        await over.CancelAsync();
        var made = await load;
        Assert.Equal(toggles + policies + 1, states.Count);
        Assert.InRange(made.Rate, ConnectionsPerSecond * 0.9, ConnectionsPerSecond * 1.1);
        var told = (await EventsOfAsync(appliance, mark, made.Tries.Length)).ToDictionary(one => one["alpn"] ?? string.Empty);
        var faults = made.Tries.Select(one => Fault(states, one, told.GetValueOrDefault(one.Mark))).OfType<string>().ToList();
        Assert.True(faults.Count == 0, $"{faults.Count} of {made.Tries.Length}:\n{string.Join('\n', faults.Take(5))}");
        Assert.All((IPEndPoint[])[UnlessStrict, ByOnePolicy], to => Assert.Equal(
            [false, true], made.Tries.Where(one => one.To.Equals(to)).Select(one => one.IsServed).Distinct().Order()));
        await appliance.UntilQuietAsync();
    }

    private void Acknowledge(List<State> states, State state)
    {
        states.Add(state);
        acknowledged = state;
    }

    // What is wrong with a connection, or null. One that was let through may be closed by a change before it has heard anything.
    private static string? Fault(List<State> states, Try tried, LoggedEvent? told)
    {
        if (told is null)
        {
            return $"no event of its own: {tried}";
        }

        var revision = long.Parse(told["revision"] ?? "0", System.Globalization.CultureInfo.InvariantCulture);
        var passes = Passes(At(states, revision), tried.To);
        var isServedAsTold = tried.IsServed == passes || (passes && !tried.To.Equals(Always) && told.Is("ending", "revoked"));
        return revision >= tried.Since && told.Is("verdict", passes ? "allow" : "deny") && isServedAsTold ? null : $"{tried}, judged at {At(states, revision)}: {told}";
    }

    private static async Task<IReadOnlyList<LoggedEvent>> EventsOfAsync(Appliance appliance, long mark, int count)
    {
        IReadOnlyList<LoggedEvent> told = [];
        await Waiting.UntilAsync(
            async () => await appliance.MetricAsync("sniproxy_active_connections") == 0 && await appliance.MetricAsync("sniproxy_events_waiting") == 0
                && (told = [.. appliance.Events.Since(mark).Where(one => one.Is("kind", "flow"))]).Count >= count,
            Patience,
            () => $"{told.Count} events of {count} connections");
        Assert.Equal(count, told.Count);
        return told;
    }

    // As many as are due whenever it comes to look: a pause of this machine makes none fewer.
    private async Task<(Try[] Tries, double Rate)> LoadAsync(CancellationToken over)
    {
        var tries = new List<Task<Try>>();
        var watch = Stopwatch.StartNew();
        while (!over.IsCancellationRequested)
        {
            for (var due = (int)(watch.Elapsed.TotalSeconds * ConnectionsPerSecond); tries.Count < due;)
            {
                var to = (tries.Count % 4) switch { 0 => UnlessStrict, 1 => ByOnePolicy, _ => Always };
                var mark = MarkOf(tries.Count + 1);
                tries.Add(Task.Run(() => TryAsync(to, mark), CancellationToken.None));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), CancellationToken.None);
        }

        var rate = tries.Count / watch.Elapsed.TotalSeconds;
        return (await Task.WhenAll(tries), rate);
    }

    private async Task<Try> TryAsync(IPEndPoint to, string mark)
    {
        var hello = HelloToAllowed.ToArray();
        Encoding.ASCII.GetBytes(mark, hello.AsSpan(hello.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Unmarked))));
        var since = acknowledged.Revision;
        using var socket = await lab.Sandbox.ConnectAsync(to, Patience);
        await socket.SendAllAsync(hello);
        var answer = await TlsRecord.ReadAsync(socket, Patience);
        var isServed = answer is { IsServerHello: true } || (answer is { IsAccessDenied: true } ? false : throw new LabException($"neither served nor refused: {answer}"));
        return new Try(to, mark, since, isServed);
    }

    private sealed record State(long Revision, bool IsStrict, bool IsWide);

    private sealed record Try(IPEndPoint To, string Mark, long Since, bool IsServed);
}
