using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Judgement.Drawn;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Judgement;

/// <summary>
/// What <c>test</c> says of a flow is what becomes of it, whatever the policy: policies and flows are drawn, the flows are made for real, and
/// their events are compared with the answers to the same facts. A failure names the seed of its policy.
/// </summary>
public sealed class TestAgrees(Lab lab)
{
    private const int FlowsOfAPolicy = 50;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly ApplianceSettings Settings = ApplianceSettings.With("""{"version":1,"rules":[]}""")
        .Set("Proxy:NewConnectionsPerSecondPerSandbox", 100_000).Set("Proxy:MaxConnectionsPerSandbox", 10_000);

    private int nextPort;

    [Fact]
    public Task WithTheLivePathOnDrawnFlows() => RunAsync(Door.Redirect, seed: 20270301, firstPort: 11_000, policies: 6);

    [Theory]
    [Trait("Tier", "full")]
    [InlineData(Door.Redirect, 20280000, 12_000)]
    [InlineData(Door.TProxy, 20290000, 22_000)]
    public Task WithTheLivePathOnThousandsOfDrawnFlows(Door door, int seed, int firstPort) => RunAsync(door, seed, firstPort, policies: 100);

    private async Task RunAsync(Door door, int seed, int firstPort, int policies)
    {
        nextPort = firstPort;
        await using var ground = await DrawnGround.LayAsync(lab);
        var bundles = DrawnBundles.LayInto(Path.Combine(lab.Folder, "drawn-bundles"));
        var appliance = await lab.ApplianceAsync(Settings.Set("Policies:Bundles", bundles), door);
        (await appliance.ApiAsync(HttpMethod.Post, $"/sandboxes/{ApplianceSettings.SandboxId}/signals", """{"name":"given"}""")).MustSucceed();
        var counts = new DrawnCounts();
        try
        {
            for (var i = 0; i < policies; i++)
            {
                await RunPolicyAsync(appliance, seed + i, counts);
            }
        }
        finally
        {
            await lab.EndApplianceAsync();
        }

        counts.MustHaveAll(policies);
    }

    private async Task RunPolicyAsync(Appliance appliance, int seed, DrawnCounts counts)
    {
        var random = new Random(seed);
        var drawn = new DrawnPolicy(random);
        var document = drawn.Document();
        await appliance.ReplacePolicyAsync(ApplianceSettings.PolicyName, document);
        var errors = (await appliance.ApiAsync(HttpMethod.Get, "/status")).MustSucceed().Json.GetProperty("policies").GetProperty("errors");
        Assert.True(!errors.EnumerateObject().Any(), $"seed {seed}: {errors}\n{document}");
        var sandbox = DrawnSandbox.Of(random);
        (await appliance.ApiAsync(HttpMethod.Put, $"/sandboxes/{ApplianceSettings.SandboxId}", sandbox)).MustSucceed();

        // For any number of connections: one that is used up by the flows before a question would be another state.
        var grant = random.Next(3) > 0 ? null : (await appliance.ApiAsync(
            HttpMethod.Post,
            "/grants",
            new JsonObject { ["sandbox"] = ApplianceSettings.SandboxId, ["entries"] = drawn.Granted(), ["ttl"] = "1h" }.ToJsonString())).MustSucceed().Json.GetProperty("id").GetString();

        var bound = await BindAsync();
        var flows = Enumerable.Range(0, FlowsOfAPolicy).Select(_ => DrawnFlow.Of(random)).Select(flow => bound.Contains(flow.Name) ? flow : flow with { Destination = null }).ToList();
        var differing = new List<string>();
        for (var round = 0; flows.Count > 0; round++)
        {
            Assert.True(round < 5, $"seed {seed}: what {flows[0].Facts} is judged by goes on changing");
            flows = await CompareAsync(appliance, flows, differing, counts);
        }

        Assert.True(
            differing.Count == 0,
            $"seed {seed}, {sandbox}, {(grant is null ? "" : $"grant {grant}, ")}policy {document}\n{string.Join("\n\n", differing.Take(3))}");
        if (grant is not null)
        {
            (await appliance.ApiAsync(HttpMethod.Delete, $"/grants/{grant}")).MustSucceed();
        }
    }

    // The names that our DNS has given an address for: who was given none is no client that a question by name is about.
    private async Task<HashSet<string>> BindAsync()
    {
        var bound = new HashSet<string>();
        foreach (var name in DrawnGround.Names.Keys)
        {
            foreach (var type in (ushort[])[1, 28])
            {
                if (await Question.AskAsync(lab.Sandbox, Places.Gateway.V4, name, tcp: false, type) is [_, _, _, _, _, _, _, > 0, ..])
                {
                    bound.Add(name);
                }
            }
        }

        return bound;
    }

    /// <summary>
    /// Makes the flows and asks about each before and after. What differs is told, unless the two answers differ as well: then what the flow is
    /// judged by changed meanwhile (a name that an earlier policy let our DNS give is forgotten a moment after the next one denies it), and the
    /// flow comes back to be made again. Whoever only ran what differs once more would not see what a state answers wrongly the first time.
    /// </summary>
    private async Task<List<DrawnFlow>> CompareAsync(Appliance appliance, List<DrawnFlow> flows, List<string> differing, DrawnCounts counts)
    {
        var before = await AskAsync(appliance, flows);
        var mark = appliance.Events.Mark;
        var made = await Task.WhenAll(flows.Select(SendAsync));
        string[] clients = [.. made.Select(one => one.Client)];
        var told = new DrawnEvents([]);
        await Waiting.UntilAsync(
            () =>
            {
                told = new DrawnEvents(appliance.Events.Since(mark));
                told.Match([.. flows.Zip(clients, (flow, client) => (client, $"{flow.To}"))]);
                return told.Of(clients) + told.Folded >= clients.Length;
            },
            Patience,
            () => $"events of {told.Of(clients)} and {told.Folded} more that were folded, of {clients.Length} flows; without one:\n"
                + $"{string.Join('\n', flows.Zip(made).Where(one => told.Find(one.Second.Client) is null).Select(one => $"{one.Second} {one.First.To} {one.First.Facts.ToJsonString()}"))}\n"
                + $"events of nobody here:\n{string.Join('\n', told.OfOthersThan(clients))}");
        Assert.Equal(clients.Length, told.Of(clients) + told.Folded);
        var after = await AskAsync(appliance, flows);
        var again = new List<DrawnFlow>();
        for (var i = 0; i < flows.Count; i++)
        {
            // Of what is over a limit the first has an event of its own, and the others are counted.
            var own = told.Find(clients[i]);
            counts.Add(own, flows[i]);
            if (own is null ? after[i].MayBeOverLimit : after[i].Agrees(own))
            {
                continue;
            }

            if (!before[i].Equals(after[i]))
            {
                again.Add(flows[i]);
                continue;
            }

            differing.Add($"{flows[i].To} {flows[i].Facts.ToJsonString()}\n  live: {own?.ToString() ?? "folded with others over a limit"}\n  test: {after[i]}");
        }

        return again;
    }

    private static async Task<List<DrawnAnswer>> AskAsync(Appliance appliance, List<DrawnFlow> flows)
    {
        var asked = flows.Where(flow => flow.Destination is not null).ToList();
        var question = new JsonObject
        {
            ["sandbox"] = ApplianceSettings.SandboxId,
            ["destinations"] = new JsonArray([.. asked.Select(flow => (JsonNode?)flow.Destination)]),
            ["flows"] = new JsonArray([.. flows.Select(flow => flow.Facts.DeepClone())]),
        };
        var answers = (await appliance.ApiAsync(HttpMethod.Post, "/test", question.ToJsonString())).MustSucceed().Json.EnumerateArray().Select(answer => new LoggedEvent(answer)).ToList();
        return [.. flows.Select((flow, i) => new DrawnAnswer(answers[asked.Count + i], asked.IndexOf(flow) is >= 0 and var place ? answers[place] : null))];
    }

    // The client's end as events name it, and how it ended for the client.
    private async Task<(string Client, string End)> SendAsync(DrawnFlow flow)
    {
        // Bound first, to a port that no other flow of this test has, and that the kernel's redirection gives to few.
        using var socket = lab.Sandbox.CreateSocket(flow.To.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(Places.Sandbox.At(flow.To.AddressFamily == AddressFamily.InterNetwork ? Family.IPv4 : Family.IPv6), nextPort++));
        var client = socket.LocalEndPoint?.ToString() ?? string.Empty;
        try
        {
            await socket.ConnectAsync(flow.To).WaitAsync(Patience);
            await socket.SendAllAsync(flow.Bytes);
            return (client, $"heard {(await socket.ReceiveToEndAsync(Patience)).Length} bytes of");
        }
        catch (SocketException error)
        {
            // Refused: the event says how.
            return (client, $"{error.SocketErrorCode} of");
        }
    }
}
