using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Dns;
using SniProxy.Core.Policies;
using SniProxy.Dns;
using SniProxy.Enforcement;
using SniProxy.Events;
using SniProxy.Policies;
using SniProxy.Resolutions;
using SniProxy.Resolutions.Synthetic;
using SniProxy.Resolutions.Tunnelling;
using SniProxy.Tests.Resolutions;
using SniProxy.Tests.Resolutions.Synthetic;

namespace SniProxy.Tests.Dns;

/// <summary>The door on loopback with real sockets, a compiled policy, and a name server of the test behind it.</summary>
internal sealed class DnsDoor : IAsyncDisposable
{
    public const long Lifecycle = 11;

    private readonly DnsMetrics metrics = new();
    private readonly IngressInterfaces interfaces = new();
    private readonly ResolutionMetrics resolutionMetrics = new();
    private readonly EventLog log;
    private readonly UpstreamResolver resolver;

    /// <param name="policy">What may be asked for.</param>
    /// <param name="upstream">The name server.</param>
    /// <param name="options">Of the door.</param>
    /// <param name="resolverOptions">Of what asks the name server.</param>
    /// <param name="eventFile">Events go there, as in production, and not to <see cref="Events"/>.</param>
    public DnsDoor(
        string policy,
        Func<byte[], IReadOnlyList<byte[]>>? upstream = null,
        DnsOptions? options = null,
        ResolverOptions? resolverOptions = null,
        string? eventFile = null)
    {
        log = new EventLog(eventFile);
        Upstream = new FakeNameServer(upstream);
        Judge = Compile(policy);
        var servers = resolverOptions?.Upstreams is { } given && given[0] != ResolverOptions.System ? given : [Upstream.Endpoint.ToString()];
        resolver = new UpstreamResolver(
            new ResolverOptions
            {
                Upstreams = servers,
                AttemptTimeout = resolverOptions?.AttemptTimeout ?? TimeSpan.FromSeconds(1),
                QueryTimeout = resolverOptions?.QueryTimeout ?? TimeSpan.FromSeconds(3),
            },
            Clock, NullLogger<UpstreamResolver>.Instance, resolutionMetrics);
        Map = new ResolutionMap(Clock);
        options ??= new DnsOptions { Endpoint = "[::]:0" };
        Synthetic = SyntheticUnderTest.MapOver(Disk, Clock, options.ForSynthetic());
        if (eventFile is null)
        {
            log.Recorded += Events.Enqueue;
        }

        var wiring = new DnsWiring(
            (source, ingress) =>
            {
                Seen.Enqueue((source, ingress));
                return Sandbox;
            },
            (Address source, string? ingress, out Sandbox sandbox) =>
            {
                Seen.Enqueue((source, ingress));
                sandbox = Sandbox;
                return Judge;
            },
            () => true,
            log,
            new EventIds(Clock),
            Learned.Enqueue);
        Handler = new DnsQueryHandler(
            options, wiring, resolver, Map, new SyntheticAnswers(Synthetic), new TunnelWatch(options.Tunnelling, () => ListedNames.All.Suffixes, Clock), metrics, Clock);
        Server = new DnsServer(options, Handler, interfaces, metrics, NullLogger<DnsServer>.Instance);
        Server.StartAsync(CancellationToken.None).GetAwaiter().GetResult();
    }

    /// <summary>Revisions by which something was learned.</summary>
    public ConcurrentQueue<long> Learned { get; } = [];

    public ShiftedClock Clock { get; } = new();

    public FakeNameServer Upstream { get; }

    public ResolutionMap Map { get; }

    /// <summary>Where synthetic names are stored.</summary>
    public FailingStore Disk { get; } = new();

    public SyntheticMap Synthetic { get; }

    public DnsQueryHandler Handler { get; }

    public DnsServer Server { get; }

    public Judge Judge { get; set; }

    public Sandbox Sandbox { get; set; } = new()
    {
        Id = "sbx",
        Lifecycle = Lifecycle,
        Labels = new Dictionary<string, string> { ["service"] = "agent", ["phase"] = "build" },
    };

    public ConcurrentQueue<FlowEvent> Events { get; } = new();

    public ConcurrentQueue<(Address Source, string? Ingress)> Seen { get; } = new();

    public IPEndPoint Endpoint => new(IPAddress.Loopback, Server.Endpoints[0].Port);

    /// <summary>Waits for nothing: what was counted until now becomes an event.</summary>
    public Task TellCountedAsync() => log.FlushAsync();

    /// <summary>The one event there is.</summary>
    public FlowEvent Event => Assert.Single(Events);

    public static Judge Compile(string policy, Mode mode = Mode.Enforce, bool strict = false)
    {
        var reading = PolicyYaml.Read(policy, "test.yaml", "test");
        Assert.Empty(reading.Errors);
        Assert.NotNull(reading.Document);
        var guard = reading.Document.DnsMode == PolicyDnsMode.Synthetic ? new Guard().Over(SyntheticPool.DefaultBlocks) : new Guard();
        return new Judge(PolicyCompiler.Compile(reading.Document, 7, DateTimeOffset.UtcNow), mode, strict, guard) { Revision = 7 };
    }

    public Task<DnsReplyView> AskAsync(string name, DnsType type = DnsType.A, bool withOpt = true) =>
        AskAsync(Wire.Query(name, type, opt: withOpt ? Wire.Opt() : null));

    public async Task<DnsReplyView> AskAsync(byte[] query) => new(await ExchangeAsync(query, Endpoint), query);

    /// <summary>Sends from a connected socket, which takes replies from exactly where it sent to.</summary>
    public static async Task<byte[]> ExchangeAsync(byte[] query, IPEndPoint to)
    {
        using var socket = new Socket(to.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(to, TestContext.Current.CancellationToken);
        await socket.SendAsync(query, TestContext.Current.CancellationToken);
        var buffer = new byte[65_535];
        var length = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        return buffer[..length];
    }

    public async Task<Socket> ConnectAsync(IPEndPoint? to = null)
    {
        to ??= Endpoint;
        var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(to, TestContext.Current.CancellationToken);
        return socket;
    }

    public static byte[] Frame(byte[] message) => [.. Wire.UInt16(message.Length), .. message];

    /// <summary>The next message of a connection, or null at its end.</summary>
    public static async Task<byte[]?> ReadFrameAsync(Socket socket)
    {
        var head = await ReadAsync(socket, 2);
        return head is null ? null : await ReadAsync(socket, BinaryPrimitives.ReadUInt16BigEndian(head));
    }

    public async ValueTask DisposeAsync()
    {
        await Server.StopAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
        Server.Dispose();
        await resolver.DisposeAsync();
        await Synthetic.DisposeAsync();
        Disk.Dispose();
        await Upstream.DisposeAsync();
        await log.DisposeAsync();
        interfaces.Dispose();
        metrics.Dispose();
        resolutionMetrics.Dispose();
    }

    private static async Task<byte[]?> ReadAsync(Socket socket, int length)
    {
        var buffer = new byte[length];
        for (var at = 0; at < length;)
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(at), TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
            if (count == 0)
            {
                return null;
            }

            at += count;
        }

        return buffer;
    }
}
