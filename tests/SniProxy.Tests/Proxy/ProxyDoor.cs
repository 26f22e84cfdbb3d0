using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;
using SniProxy.Enforcement;
using SniProxy.Events;
using SniProxy.Flows;
using SniProxy.Hosting;
using SniProxy.Policies;
using SniProxy.Proxy.Live;
using SniProxy.Proxy;
using SniProxy.Proxy.Connections;
using SniProxy.Proxy.Listeners;
using SniProxy.Proxy.Loops;
using SniProxy.Resolutions;
using SniProxy.Resolutions.Synthetic;
using SniProxy.Resolutions.Tunnelling;
using SniProxy.Sandboxes;
using SniProxy.Storage;
using SniProxy.Tests.Events;
using SniProxy.Tests.Resolutions;
using SniProxy.Tests.Resolutions.Synthetic;
using SniProxy.Tests.Storage;

namespace SniProxy.Tests.Proxy;

/// <summary>The proxy on loopback: Kestrel, the listener, the middleware, a compiled policy, and a name server of the test behind it.</summary>
internal sealed class ProxyDoor : IAsyncDisposable
{
    public const string SandboxId = "box";

    private readonly TempFolder folder = new();
    private readonly ProxyMetrics metrics = new();
    private readonly FlowsMetrics flowsMetrics = new();
    private readonly ResolutionMetrics resolutionMetrics = new();
    private readonly EventLog events = new();
    private readonly Channel<FlowEvent> recorded = Channel.CreateUnbounded<FlowEvent>();
    private readonly FakeNameServer nameServer;
    private readonly UpstreamResolver resolver;
    private readonly SqliteStore store;
    private readonly LifecycleEnd lifecycleEnd;
    private readonly WebApplication app;
    private ListenOptions? listening;

    private ProxyDoor(string policy, DoorPlan plan)
    {
        nameServer = new FakeNameServer(FakeNameServer.Zone([.. plan.Zone.Select(one => (one.Name, one.Address, 300u))]));
        resolver = new UpstreamResolver(
            new ResolverOptions { Upstreams = [nameServer.Endpoint.ToString()] }, TimeProvider.System, NullLogger<UpstreamResolver>.Instance, resolutionMetrics);
        store = new SqliteStore(SqliteStore.PathIn(folder.Path));
        store.Open();
        Revisions = TestRevisions.From(0);
        Sandboxes = new SandboxRegistry(
            [new SandboxRegistration { Id = SandboxId, Addresses = [Of("127.0.0.1"), Of("::1")], Mode = plan.Mode }], [], new SandboxStore(store), Revisions, plan.Clock);
        Book = new PolicyBook(new PolicyOptions(folder.Path, "test") { SyntheticPool = SyntheticPool.DefaultBlocks }, GuardOf(plan), StrictSwitch.Off, Revisions, (_, _) => { }, plan.Clock);
        Publish(policy);
        var ids = new EventIds(TimeProvider.System);
        Flows = new FlowTable(plan.Limits, ids, TimeProvider.System);
        var log = new ProxyLog(NullLogger<ProxyLog>.Instance);
        var reporter = new FlowReporter(events, ids, metrics, flowsMetrics, log, TimeProvider.System);
        Resolutions = new ResolutionMap(TimeProvider.System);
        Clock = plan.Clock;
        Synthetic = SyntheticUnderTest.MapOver(store, plan.Clock, SyntheticUnderTest.Usual with { NamesPerSandbox = plan.SyntheticNames });
        Grants = new GrantBook(Book, new GrantStore(plan.Store ?? store, Clock), Clock);
        OpenFlows = new OpenFlowJudge(Sandboxes, Book, Flows, Resolutions, Revisions, log);
        var tunnels = new TunnelWatch(new TunnelOptions(), () => PublicSuffixes.Empty, Clock);
        lifecycleEnd = new LifecycleEnd(Sandboxes, Flows, Resolutions, Synthetic, tunnels, Grants, NullLogger<LifecycleEnd>.Instance);
        events.Recorded += one => recorded.Writer.TryWrite(one);

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, CommandLifetime>();
        builder.Services.AddSingleton(new ProxyMiddleware(
            new FlowAdmission(Sandboxes, Book, Grants, Flows, OpenFlows), new DestinationNames(Resolutions, Synthetic, resolver, tunnels), Flows, reporter, plan.Options));
        var listener = new ListenerOptions("test", ListenerKind.Explicit, new IPEndPoint(IPAddress.IPv6Any, 0));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen((EndPoint)new ProxyEndPoint(listener), listen =>
        {
            listening = listen;
            Build(listen, plan);
        }));
        builder.Services.AddSingleton<IConnectionListenerFactory>(services => services.GetRequiredService<ProxyListenerFactory>());
        builder.Services.AddSingleton(services => new LoopTransport(Pipeline(services, plan), plan.Options, log));
        builder.Services.AddSingleton(services => new ProxyListenerFactory(
            Flows,
            new IngressInterfaces(),
            new TurnedAway(Sandboxes, Book, reporter),
            log,
            TestTransport.Chosen == TransportKind.Loops ? services.GetRequiredService<LoopTransport>() : null));
        app = builder.Build();
    }

    /// <summary>How many questions came to the name server behind it.</summary>
    public int Questions => nameServer.Queries.Count;

    public SandboxRegistry Sandboxes { get; }

    public Revisions Revisions { get; }

    public GrantBook Grants { get; }

    public OpenFlowJudge OpenFlows { get; }

    public TimeProvider Clock { get; }

    public PolicyBook Book { get; }

    public FlowTable Flows { get; }

    public ProxyListenerFactory Listeners => app.Services.GetRequiredService<ProxyListenerFactory>();

    public ResolutionMap Resolutions { get; }

    public SyntheticMap Synthetic { get; }

    public Sandbox Sandbox => Sandboxes.Get(SandboxId) ?? throw new InvalidOperationException();

    public ushort Port => (ushort)(listening?.IPEndPoint?.Port ?? throw new InvalidOperationException());

    public static async Task<ProxyDoor> OpenAsync(string policy, DoorPlan? plan = null)
    {
        plan ??= new DoorPlan();
        var door = new ProxyDoor(policy, plan);
        await door.app.StartAsync();
        door.Book.SetGuard(GuardOf(plan, new Endpoint(Of("127.0.0.1"), door.Port)));
        return door;
    }

    /// <summary>A door for one rule.</summary>
    public static Task<ProxyDoor> AllowingAsync(string entry, DoorPlan? plan = null) => OpenAsync($"rules: [\"{entry}\"]", plan);

    /// <summary>Puts another policy in the place of the one that judges.</summary>
    public void Publish(string policy) =>
        Book.Publish(ImmutableDictionary<string, Policy>.Empty.Add("test", Compile(policy)), ImmutableDictionary<string, string>.Empty);

    public static Policy Compile(string policy)
    {
        var reading = PolicyYaml.Read(policy, "test.yaml", "test");
        Assert.Empty(reading.Errors);
        Assert.NotNull(reading.Document);
        return PolicyCompiler.Compile(reading.Document, 7, DateTimeOffset.UtcNow);
    }

    public async Task<Peer> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, Port), TestContext.Current.CancellationToken);
        return new Peer(socket);
    }

    /// <summary>A client that has sent its first bytes.</summary>
    public async Task<Peer> ConnectAsync(byte[] first)
    {
        var peer = await ConnectAsync();
        await peer.SendAsync(first);
        return peer;
    }

    public Task<Peer> ConnectAsync(string first) => ConnectAsync(Peer.Bytes(first));

    /// <summary>Whether a client is reset before it has said anything, which may be before it sees itself connected.</summary>
    public async Task<bool> ResetsAsync()
    {
        try
        {
            using var client = await ConnectAsync();
            return (await client.HearOutAsync()).WasReset;
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
        {
            return true;
        }
    }

    /// <summary>A client inside a tunnel.</summary>
    public async Task<Peer> TunnelAsync(string authority)
    {
        var peer = await ConnectAsync($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 ", await peer.ReadHeadAsync(), StringComparison.Ordinal);
        return peer;
    }

    public async Task<FlowEvent> NextEventAsync() => await recorded.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Peer.Patience);

    /// <summary>The next event of this kind; others are passed over.</summary>
    public async Task<FlowEvent> NextEventAsync(EventKind kind)
    {
        while (true)
        {
            var one = await NextEventAsync();
            if (one.Kind == kind)
            {
                return one;
            }
        }
    }

    /// <summary>
    /// Until it is disposed of, the one loop is kept from taking more connections: by the event of a client that is refused for these first bytes, or
    /// without any.
    /// </summary>
    public async Task<IDisposable> KeepBusyAsync(byte[]? first = null)
    {
        var isHeld = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var released = new ManualResetEventSlim();
        events.Recorded += Hold;
        Task refused = first is null ? ResetsAsync() : ConnectAsync(first);
        await isHeld.Task.WaitAsync(Peer.Patience);
        events.Recorded -= Hold;
        await refused;
        await NextEventAsync();
        return new Release(released);

        void Hold(FlowEvent told)
        {
            isHeld.TrySetResult();
            released.Wait(Peer.Patience);
        }
    }

    public void Learn(string name, string address) => Resolutions.Learn(Sandbox.Lifecycle, Wire.Host(name), [Of(address)], TimeSpan.FromMinutes(5));

    /// <summary>
    /// Until all that was sent before has been looked at: a sweep has come round twice since, as a deadline of the past shows. The flow is kept
    /// busy meanwhile.
    /// </summary>
    public async Task UntilSweptAsync(Peer from, Peer to)
    {
        using var marker = Flows.Add(new Sandbox { Id = "marker", Lifecycle = long.MaxValue }, out _);
        for (var sweep = 0; sweep < 2; sweep++)
        {
            marker.SetDeadline(TimeSpan.Zero);
            while (!marker.IsExpired)
            {
                await from.SendAsync("x");
                await to.ReadAsync(1);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Flows.Close(_ => true, Ending.Drained);
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
        OpenFlows.Dispose();
        Grants.Dispose();
        Flows.Dispose();
        Revisions.Dispose();
        GC.KeepAlive(lifecycleEnd);
        await events.DisposeAsync();
        await resolver.DisposeAsync();
        await Synthetic.DisposeAsync();
        await nameServer.DisposeAsync();
        metrics.Dispose();
        flowsMetrics.Dispose();
        resolutionMetrics.Dispose();
        store.Dispose();
        folder.Dispose();
    }

    public static Address Of(string text)
    {
        Assert.True(Address.TryParse(text, out var address));
        return address;
    }

    private sealed class Release(ManualResetEventSlim released) : IDisposable
    {
        public void Dispose() => released.Set();
    }

    private static ConnectionDelegate Pipeline(IServiceProvider services, DoorPlan plan)
    {
        var pipeline = new ConnectionBuilder(services);
        Build(pipeline, plan);
        return pipeline.Build();
    }

    private static void Build(IConnectionBuilder pipeline, DoorPlan plan)
    {
        if (plan.IsTransparent)
        {
            Endpoint? sentTo = plan.SentTo is null ? null : Endpoint.From(IPEndPoint.Parse(plan.SentTo));
            pipeline.Use(next => context =>
            {
                    context.Features.Set<IProxiedConnection>(new RedirectedConnection(context.Features.GetRequiredFeature<IProxiedConnection>(), sentTo, plan.Gate));
                return next(context);
            });
        }

        pipeline.UseSniProxy();
    }

    private static Guard GuardOf(DoorPlan plan, params Endpoint[] own) => new()
    {
        Exempt = plan.Exempt.Select(text => Cidr.TryParse(text, out var block) == CidrSyntax.Valid ? block : throw new ArgumentException(text)),
        OwnListeners = own,
    };
}
