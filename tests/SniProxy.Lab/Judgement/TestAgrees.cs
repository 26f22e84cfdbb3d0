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

    private static readonly string[] Compared = ["verdict", "reason", "rule", "grant", "wouldBe", "policy", "message", "nearMiss"];

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
        var appliance = await lab.ApplianceAsync(Settings, door);
        (await appliance.ApiAsync(HttpMethod.Post, $"/sandboxes/{ApplianceSettings.SandboxId}/signals", """{"name":"given"}""")).MustSucceed();
        var verdicts = new Dictionary<string, int>();
        try
        {
            for (var i = 0; i < policies; i++)
            {
                await RunPolicyAsync(appliance, seed + i, verdicts);
            }
        }
        finally
        {
            await lab.EndApplianceAsync();
        }

        // All three, or half of the questions were not asked.
        Assert.All((string[])["allow", "deny", "audit"], verdict => Assert.True(verdicts.GetValueOrDefault(verdict) > policies, JsonSerializer.Serialize(verdicts)));
    }

    private async Task RunPolicyAsync(Appliance appliance, int seed, Dictionary<string, int> verdicts)
    {
        var random = new Random(seed);
        var drawn = new DrawnPolicy(random);
        var document = drawn.Document();
        await appliance.ReplacePolicyAsync(ApplianceSettings.PolicyName, document);
        var errors = (await appliance.ApiAsync(HttpMethod.Get, "/status")).MustSucceed().Json.GetProperty("policies").GetProperty("errors");
        Assert.True(!errors.EnumerateObject().Any(), $"seed {seed}: {errors}\n{document}");
        var isStrict = random.Next(4) == 0;
        var isPaused = random.Next(20) == 0;
        (await appliance.ApiAsync(
            HttpMethod.Put, $"/sandboxes/{ApplianceSettings.SandboxId}/mode", new JsonObject { ["strict"] = isStrict, ["paused"] = isPaused }.ToJsonString())).MustSucceed();
        var grant = random.Next(3) > 0 ? null : (await appliance.ApiAsync(
            HttpMethod.Post,
            "/grants",
            new JsonObject { ["sandbox"] = ApplianceSettings.SandboxId, ["entries"] = drawn.Granted(), ["ttl"] = "1h" }.ToJsonString())).MustSucceed().Json.GetProperty("id").GetString();

        var bound = await BindAsync();
        var flows = Enumerable.Range(0, FlowsOfAPolicy).Select(_ => DrawnFlow.Of(random)).Select(flow => bound.Contains(flow.Name) ? flow : flow with { Destination = null }).ToList();
        var differing = await CompareAsync(appliance, flows, verdicts);
        if (differing.Count > 0)
        {
            // What our DNS gave may have been forgotten between a flow and the question, since the policy is a new one: asked once more.
            differing = await CompareAsync(appliance, [.. differing.Select(one => one.Flow)], verdicts);
        }

        Assert.True(
            differing.Count == 0,
            $"seed {seed}, {(isStrict ? "strict, " : "")}{(grant is null ? "" : $"grant {grant}, ")}policy {document}\n{string.Join("\n\n", differing.Take(3).Select(one => one.Words))}");
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

    private async Task<List<(DrawnFlow Flow, string Words)>> CompareAsync(Appliance appliance, List<DrawnFlow> flows, Dictionary<string, int> verdicts)
    {
        var mark = appliance.Events.Mark;
        var clients = await Task.WhenAll(flows.Select(SendAsync));
        var events = new Dictionary<string, LoggedEvent>();
        await Waiting.UntilAsync(
            () =>
            {
                events = appliance.Events.Since(mark).Where(told => told.Is("kind", "flow")).ToDictionary(told => told["client"] ?? string.Empty);
                return clients.All(events.ContainsKey);
            },
            Patience,
            () => $"no event of {string.Join(", ", clients.Where(client => !events.ContainsKey(client)))}; others: {string.Join('\n', events.Where(told => !clients.Contains(told.Key)).Select(told => told.Value))}");
        var asked = flows.Where(flow => flow.Destination is not null).ToList();
        var question = new JsonObject
        {
            ["sandbox"] = ApplianceSettings.SandboxId,
            ["destinations"] = new JsonArray([.. asked.Select(flow => (JsonNode?)flow.Destination)]),
            ["flows"] = new JsonArray([.. flows.Select(flow => flow.Facts.DeepClone())]),
        };
        var answers = (await appliance.ApiAsync(HttpMethod.Post, "/test", question.ToJsonString())).MustSucceed().Json.EnumerateArray().Select(answer => new LoggedEvent(answer)).ToList();
        var differing = new List<(DrawnFlow, string)>();
        for (var i = 0; i < flows.Count; i++)
        {
            var told = events[clients[i]];
            verdicts[told["verdict"] ?? string.Empty] = verdicts.GetValueOrDefault(told["verdict"] ?? string.Empty) + 1;
            var byFacts = answers[asked.Count + i];
            var byName = asked.IndexOf(flows[i]) is >= 0 and var place && told.Is("bound", "true") ? answers[place] : byFacts;
            if (Compared.Any(field => told[field] != byFacts[field]) || Compared[..6].Any(field => told[field] != byName[field]))
            {
                differing.Add((flows[i], $"{flows[i].To} {flows[i].Facts.ToJsonString()}\n  live: {told}\n  test: {byFacts}\n  of the name: {byName}"));
            }
        }

        return differing;
    }

    // The client's end as events name it.
    private async Task<string> SendAsync(DrawnFlow flow)
    {
        // Bound first, to a port that the kernel's redirection still remembers of no other flow: it would give this one another port, and
        // nobody could tell whose event is whose.
        using var socket = lab.Sandbox.CreateSocket(flow.To.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(Places.Sandbox.At(flow.To.AddressFamily == AddressFamily.InterNetwork ? Family.IPv4 : Family.IPv6), nextPort++));
        var client = socket.LocalEndPoint?.ToString() ?? string.Empty;
        try
        {
            await socket.ConnectAsync(flow.To).WaitAsync(Patience);
            await socket.SendAllAsync(flow.Bytes);
            await socket.ReceiveToEndAsync(Patience);
        }
        catch (SocketException)
        {
            // Refused: the event says how.
        }

        return client;
    }
}
