using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using SniProxy.Enforcement;

namespace SniProxy.Tests.Enforcement;

/// <summary>Probes pass for what is there, and fail for what is not.</summary>
public sealed class ProbesTests
{
    private static readonly Interception[] Both = [Interception.Redirect, Interception.TProxy];

    [Fact]
    public async Task AHealthyMachinePassesTheProbesThatSendPackets()
    {
        Assert.True(Environment.IsPrivilegedProcess, "these tests make network namespaces: run them as root");
        ProbeCheck[] checks = [Probes.Privileges(Both), Probes.Kernel(Both), Probes.Redirect(Both), Probes.Drop(Both), Probes.DescriptorLimit(null, 3), Probes.Conntrack()];

        var probes = await ProbeRunner.RunAsync(checks, GatewayLab.Patience);

        Assert.Equal(["privileges", "kernel", "redirect", "drop", "descriptors", "conntrack"], probes.Select(probe => probe.Name));
        Assert.All(probes, probe => Assert.True(probe.Passed, $"{probe.Name}: {probe.Detail}"));
        Assert.DoesNotContain($"sniproxy-trial-{Environment.ProcessId}-", await ExternalCommand.DemandAsync(["ip", "netns", "list"]));
    }

    [Fact]
    public async Task AProbeThatHangsFailsAloneAndInTime()
    {
        var never = new TaskCompletionSource<Probe>();
        ProbeCheck[] checks =
        [
            new("deaf", _ => never.Task),
            new("broken", _ => throw new MissingCapabilityException(new MissingCapability("a thing", "get it"))),
            Probes.Conntrack(),
        ];

        var probes = await ProbeRunner.RunAsync(checks, TimeSpan.FromMilliseconds(100));

        Assert.Equal([false, false, true], probes.Select(probe => probe.Passed));
        Assert.Equal("get it", probes[1].Fix);
    }

    [Theory]
    [InlineData("10", "100", true)]
    [InlineData("79", "100", true)]
    [InlineData("80", "100", false)]
    [InlineData("100", "100", false)]
    [InlineData(null, null, true)]
    public void AFullConnectionTableFails(string? count, string? maximum, bool passes) =>
        Assert.Equal(passes, Probes.Conntrack(count, maximum).Passed);

    [Fact]
    public async Task ADescriptorLimitThatIsTooLowFails() =>
        Assert.False((await MakeAsync(Probes.DescriptorLimit(int.MaxValue, 3))).Passed);

    [Theory]
    [InlineData(0x80, 0, true)]
    [InlineData(0x00, 0, false)]
    [InlineData(0x80, 1, false)]
    public async Task OnlyAnAnswerToTheQuestionPassesForDns(byte flags, byte idChange, bool passes)
    {
        using var server = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) { DualMode = true };
        server.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        var probing = MakeAsync(Probes.Dns(Assert.IsType<IPEndPoint>(server.LocalEndPoint)));
        var message = new byte[512];
        var question = await server.ReceiveFromAsync(message, new IPEndPoint(IPAddress.IPv6Any, 0));
        message[2] = flags;
        message[0] ^= idChange;
        await server.SendToAsync(message.AsMemory(0, question.ReceivedBytes), question.RemoteEndPoint);

        Assert.Equal(passes, (await probing).Passed);
    }

    [Fact]
    public async Task NobodyAtTheDnsEndpointFails()
    {
        using var free = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var endpoint = Assert.IsType<IPEndPoint>(free.LocalEndPoint);
        free.Dispose();

        Assert.False((await MakeAsync(Probes.Dns(endpoint))).Passed);
    }

    [Theory]
    [InlineData("200 OK", true)]
    [InlineData("503 Service Unavailable", false)]
    public async Task TheApiMustSayThatItIsHealthy(string status, bool passes)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        server.Listen();
        using var client = new HttpClient();
        var probing = MakeAsync(Probes.Api(new Uri($"http://{server.LocalEndPoint}/healthz"), client));
        using var accepted = await GatewayLab.AcceptAsync(server);
        await GatewayLab.ReadAsync(accepted);
        await accepted.SendAsync(System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n"));

        Assert.Equal(passes, (await probing).Passed);
    }

    [Fact]
    public async Task LosingTheRulesUnprovesEnforcementAndIsTold()
    {
        await using var lab = await GatewayLab.CreateAsync();
        var rules = await lab.ApplyAsync(lab.Options());
        using var metrics = new EnforcementMetrics();
        var watch = new EnforcementWatch([Probes.RulesInPlace(rules), Probes.Conntrack()], metrics, NullLogger<EnforcementWatch>.Instance, TimeProvider.System);
        var lost = new List<string>();
        watch.Lost += probes => lost.AddRange(probes.Select(probe => probe.Name));
        Assert.False(watch.IsProven);

        await watch.RoundAsync(CancellationToken.None);
        Assert.True(watch.IsProven);
        Assert.Equal(new() { ["rules"] = 1, ["conntrack"] = 1 }, Gauge(metrics));

        await ExternalCommand.DemandAsync(["ip", "netns", "exec", lab.Gateway, "nft", "flush", "ruleset"]);
        await watch.RoundAsync(CancellationToken.None);
        await watch.RoundAsync(CancellationToken.None);
        Assert.False(watch.IsProven);
        Assert.Equal(["rules"], lost);
        Assert.Equal(new() { ["rules"] = 0, ["conntrack"] = 1 }, Gauge(metrics));

        await rules.ApplyAsync();
        await watch.RoundAsync(CancellationToken.None);
        Assert.True(watch.IsProven);
    }

    private static async Task<Probe> MakeAsync(ProbeCheck check) => (await ProbeRunner.RunAsync([check], GatewayLab.Patience))[0];

    private static Dictionary<string, int> Gauge(EnforcementMetrics metrics)
    {
        var seen = new Dictionary<string, int>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            // Other tests have meters of that name at the same time.
            if (metrics.Owns(instrument))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<int>((_, value, tags, _) => seen[$"{tags[0].Value}"] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;
    }
}
