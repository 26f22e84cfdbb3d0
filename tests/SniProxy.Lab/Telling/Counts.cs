using System.Net;
using System.Net.Sockets;
using System.Text;
using SniProxy.Core.Tests.Tls;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Telling;

/// <summary>Events and metrics agree with what was sent, to the last one and to the byte.</summary>
public sealed class Counts(Lab lab)
{
    private const int EchoPort = 7;
    private const string FlowsOf = "flow";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Nobody else uses these settings, so that the counters begin at nothing.</summary>
    private static readonly ApplianceSettings Settings = ApplianceSettings.With("""
        version: 1
        mode: enforce
        default: deny
        rules:
          - allow: "tcp://203.0.113.10:7"
          - allow: "tcp://[2001:db8::10]:7"
          - allow: [allowed.example, priv.example]
        """).Set("Proxy:NewConnectionsPerSecondPerSandbox", 100_000).Set("Events:JsonLines", "counted.jsonl");

    private static readonly Family[] Families = Enum.GetValues<Family>();

    private readonly Dictionary<(string Kind, string Verdict, string Reason), int> _expected = [];
    private long _echoed;

    [Fact]
    public async Task EverythingIsCountedExactly()
    {
        await lab.EndApplianceAsync();
        var appliance = await lab.ApplianceAsync(Settings, Door.Redirect);
        var events = new EventFile(Path.Combine(appliance.DataFolder, "counted.jsonl"));
        foreach (var family in Families)
        {
            await PassAsync(family);
            await DenyAsync(family);
            await AskAsync(family);
        }

        await ShadowAsync(appliance);
        await Waiting.UntilAsync(
            () => events.Since(0).Count >= _expected.Values.Sum(), Patience, () => $"{events.Since(0).Count} events of {_expected.Values.Sum()}");
        await Waiting.UntilAsync(
            async () => await appliance.MetricAsync("sniproxy_active_connections") == 0, Patience, () => "connections are still counted as open");

        var told = events.Since(0);
        var counted = told.CountBy(e => (Kind: e["kind"] ?? "", Verdict: e["verdict"] ?? "", Reason: e["reason"] ?? "")).ToDictionary();
        Assert.Equal(Listing(_expected), Listing(counted));
        Assert.Equal(told.Count, EventChainCheck.Verify(await File.ReadAllTextAsync(
            Path.Combine(appliance.DataFolder, "counted.jsonl"), TestContext.Current.CancellationToken)));
        await AssertMetricsAsync(appliance, told);
    }

    [Fact]
    public async Task MetricsAreCleanForPrometheus()
    {
        var appliance = await lab.ApplianceAsync(LabPolicies.Ordinary, Door.Redirect);
        await Attempt.OfAsync(lab.Sandbox, Places.Allowed.At(Family.IPv4, 443), Hello.For(Places.Allowed.Name));
        await Attempt.OfAsync(lab.Sandbox, Places.Denied.At(Family.IPv4, 443), Hello.For(Places.Denied.Name));
        var text = await appliance.MetricsAsync();
        var check = await new Command(["promtool", "check", "metrics"]) { Input = Encoding.UTF8.GetBytes(text) }
            .RunAsync(TestContext.Current.CancellationToken);
        Assert.True(check.ExitCode == 0 && check.Said.Trim().Length == 0, check + text);
        Assert.DoesNotContain(".example", text, StringComparison.Ordinal);
    }

    private async Task AssertMetricsAsync(Appliance appliance, IReadOnlyList<LoggedEvent> told)
    {
        foreach (var verdict in (string[])["allow", "deny", "audit"])
        {
            Assert.Equal(Sum(FlowsOf, verdict), await appliance.MetricAsync("sniproxy_connections_total", $"verdict=\"{verdict}\""));
        }

        foreach (var ((kind, verdict, reason), count) in _expected)
        {
            var (metric, labels) = (kind, verdict) switch
            {
                ("dns", _) => ("sniproxy_dns_queries_total", $"verdict=\"{verdict}\""),
                (_, "deny") => ("sniproxy_denied_total", $"reason=\"{reason}\""),
                (_, "audit") => ("sniproxy_would_deny_total", $"reason=\"{reason}\""),
                _ => ("", ""),
            };
            if (metric.Length > 0)
            {
                var expected = kind == "dns" ? Sum("dns", verdict) : _expected.Where(e => e.Key.Kind != "dns" && e.Key.Verdict == verdict && e.Key.Reason == reason).Sum(e => e.Value);
                Assert.True(expected == await appliance.MetricAsync(metric, labels), $"{metric} {labels}: {count} by {kind}\n{await appliance.MetricsAsync()}");
            }
        }

        Assert.Equal(told.Sum(e => e.Root.GetProperty("bytesUp").GetInt64()), await appliance.MetricAsync("sniproxy_bytes_total", "direction=\"up\""));
        Assert.Equal(told.Sum(e => e.Root.GetProperty("bytesDown").GetInt64()), await appliance.MetricAsync("sniproxy_bytes_total", "direction=\"down\""));
        var echoes = told.Where(e => e["dialled"]?.EndsWith($":{EchoPort}", StringComparison.Ordinal) == true && e.Is("verdict", "allow")).ToArray();
        Assert.Equal(_echoed, echoes.Sum(e => e.Root.GetProperty("bytesUp").GetInt64()));
        Assert.Equal(_echoed, echoes.Sum(e => e.Root.GetProperty("bytesDown").GetInt64()));
        Assert.Equal(0, await appliance.MetricAsync("sniproxy_events_dropped_total"));
    }

    private int Sum(string kind, string verdict) => _expected.Where(e => e.Key.Kind == kind && e.Key.Verdict == verdict).Sum(e => e.Value);

    private void Expect(string kind, string verdict, string reason, int count = 1) =>
        _expected[(kind, verdict, reason)] = _expected.GetValueOrDefault((kind, verdict, reason)) + count;

    private async Task PassAsync(Family family)
    {
        for (var i = 1; i <= 12; i++)
        {
            await EchoAsync(family, i * 7001);
            Expect(FlowsOf, "allow", "rule");
        }
    }

    // The payload goes up and comes down again; both are then known to the byte.
    private async Task EchoAsync(Family family, int bytes)
    {
        var payload = new byte[bytes];
        payload.AsSpan().Fill(0xEE);
        using var socket = await lab.Sandbox.ConnectAsync(Places.Allowed.At(family, EchoPort));
        var back = socket.ReceiveToEndAsync(Patience);
        await socket.SendAllAsync(payload);
        socket.Shutdown(SocketShutdown.Send);
        Assert.Equal(payload, await back);
        _echoed += bytes;
    }

    private async Task DenyAsync(Family family)
    {
        (string Reason, int Count, IPEndPoint To, byte[] Bytes)[] all =
        [
            ("default", 9, Places.Denied.At(family, 443), Hello.For(Places.Denied.Name)),
            ("default", 3, Places.Denied.At(family, 80), "GET / HTTP/1.1\r\nHost: denied.example\r\n\r\n"u8.ToArray()),
            ("no_server_name", 5, Places.Denied.At(family, 443), ClientHelloBuilder.For(null).Wire()),
            ("malformed_client_hello", 4, Places.Denied.At(family, 443), ClientHelloBuilder.For().Set(h => h.ExtensionsLengthDelta = 5).Wire()),
            ("malformed_request", 2, Places.Denied.At(family, 80), "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"u8.ToArray()),
            ("protocol_mismatch", 6, Places.Allowed.At(family, 443), "SSH-2.0-count\r\n"u8.ToArray()),
            ("guard_private", 3, Places.Private.At(family, 443), Hello.For(Places.Private.Name)),
            ("guard_never", 2, Places.Metadata.At(family, 80), Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {Places.Metadata.InUrl(family)}\r\n\r\n")),
        ];
        Assert.NotNull(await Clients.ResolveAsync(lab.Sandbox, Places.Allowed.Name, family));
        Expect("dns", "allow", "rule");
        foreach (var (reason, count, to, bytes) in all)
        {
            for (var i = 0; i < count; i++)
            {
                await SendAsync(lab.Sandbox, to, bytes);
                Expect(FlowsOf, "deny", reason);
            }
        }
    }

    private async Task AskAsync(Family family)
    {
        foreach (var (name, verdict, reason, count) in ((string, string, string, int)[])[("allowed.example", "allow", "rule", 4), ("denied.example", "deny", "name_not_allowed", 7)])
        {
            for (var i = 0; i < count; i++)
            {
                await Question.AskAsync(lab.Sandbox, Places.Gateway.At(family), name, tcp: i % 2 == 1);
                Expect("dns", verdict, reason);
            }
        }
    }

    // The second sandbox only watches.
    private async Task ShadowAsync(Appliance appliance)
    {
        (await appliance.ApiAsync(HttpMethod.Put, $"/sandboxes/{ApplianceSettings.SecondSandboxId}/mode", """{"mode":"shadow"}""")).MustSucceed();
        for (var i = 0; i < 5; i++)
        {
            await SendAsync(lab.SecondSandbox, Places.Denied.At(Family.IPv4, 443), Hello.For(Places.Denied.Name));
            Expect(FlowsOf, "audit", "default");
        }
    }

    private static async Task SendAsync(Namespace sandbox, IPEndPoint to, byte[] bytes)
    {
        try
        {
            using var socket = await sandbox.ConnectAsync(to);
            await socket.SendAllAsync(bytes);
            socket.Shutdown(SocketShutdown.Send);
            await socket.ReceiveToEndAsync(Patience);
        }
        catch (SocketException)
        {
            // A reset is an answer too.
        }
    }

    private static string Listing(IEnumerable<KeyValuePair<(string Kind, string Verdict, string Reason), int>> counts) =>
        string.Join('\n', counts.Select(c => $"{c.Key.Kind} {c.Key.Verdict} {c.Key.Reason} {c.Value}").Order(StringComparer.Ordinal));
}
