using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using SniProxy.Api;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Dns;
using SniProxy.Enforcement;
using SniProxy.Events;
using SniProxy.Hosting;
using SniProxy.Policies;
using SniProxy.Proxy;
using SniProxy.Sandboxes;
using SniProxy.Tests.Events;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Attacks;

/// <summary>
/// A whole appliance with an explicit listener on loopback, whose guard lets loopback through; the test is its sandbox, its name server
/// and the internet.
/// </summary>
internal sealed class ApplianceUnderAttack : IAsyncDisposable
{
    private readonly TempFolder folder = new();
    private readonly FakeNameServer names;
    private readonly Channel<FlowEvent> flows = Channel.CreateUnbounded<FlowEvent>();
    private Appliance? appliance;

    private ApplianceUnderAttack(FakeNameServer names) => this.names = names;

    /// <summary>Of the explicit listener.</summary>
    public ushort Port { get; } = FreePorts.Pick([IPAddress.Loopback]).Listener;

    public static async Task<ApplianceUnderAttack> StartAsync(string policy, Func<byte[], IReadOnlyList<byte[]>> names, ProxyOptions? options = null)
    {
        var started = new ApplianceUnderAttack(new FakeNameServer(names));
        try
        {
            await started.BeginAsync(policy, options ?? new ProxyOptions());
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <summary>The event of the next flow or request that ended.</summary>
    public async Task<FlowEvent> ToldAsync() =>
        await flows.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

    /// <summary>Opens a tunnel, speaks into it, and returns all that came back behind the 200.</summary>
    public async Task<string> TunnelAsync(string authority, string words)
    {
        // What was let through to somebody who never answers would otherwise be waited for as long as the relay waits.
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(10));
        using var client = new TcpClient();
        await client.ConnectAsync(new IPEndPoint(IPAddress.Loopback, Port), deadline.Token);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n"), deadline.Token);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var line = await reader.ReadLineAsync(deadline.Token);
        Assert.StartsWith("HTTP/1.1 200", line, StringComparison.Ordinal);
        Assert.Equal(string.Empty, await reader.ReadLineAsync(deadline.Token));
        await stream.WriteAsync(Encoding.ASCII.GetBytes(words), deadline.Token);
        return await reader.ReadToEndAsync(deadline.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (appliance is not null)
        {
            await appliance.StopAsync();
            await appliance.DisposeAsync();
        }

        await names.DisposeAsync();
        folder.Dispose();
    }

    private async Task BeginAsync(string policy, ProxyOptions options)
    {
        var policies = Directory.CreateDirectory(folder.File("policies")).FullName;
        File.WriteAllText(Path.Combine(policies, "default.yaml"), policy);
        appliance = await Appliance.StartAsync(new ApplianceOptions
        {
            DataFolder = folder.File("data"),
            Proxy = options with { Listeners = [new ListenerOptions("explicit", ListenerKind.Explicit, new IPEndPoint(IPAddress.Loopback, Port))] },
            Dns = new DnsOptions { Endpoint = "127.0.0.1:0", Upstreams = [names.Endpoint.ToString()] },
            Api = new ApiOptions(new IPEndPoint(IPAddress.Loopback, 0), null),
            Policies = new PolicyOptions(policies),
            Bindings = [],
            Sandboxes = [new SandboxRegistration { Id = "sbx", Addresses = [Address.From(IPAddress.Loopback)] }],
            GuardExempt = [Cidr.Of(Address.From(IPAddress.Loopback), 8)],
            Events = new EventOptions { JsonLines = null },
            Enforcement = new EnforcementOptions { CheckRules = false },
            IsQuiet = true,
        });
        appliance.Events.Recorded += told => _ = told.Kind == EventKind.Dns || flows.Writer.TryWrite(told);
    }
}
