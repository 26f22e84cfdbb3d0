using System.Net;
using System.Runtime.InteropServices;
using SniProxy.Lab.Callers;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab;

/// <summary>
/// A small internet made of network namespaces: sandboxes, the gateway where the appliance runs, real servers, and a place that must never
/// receive a byte. Made once for the run; nothing of it outlives the run, and what an aborted run left is removed by the next one.
/// </summary>
public sealed class Lab : IAsyncLifetime
{
    /// <summary>Where the sink listens in the place that must never receive a byte.</summary>
    private static readonly int[] UsualPorts =
        [21, 22, 23, 25, 53, 80, 110, 123, 143, 443, 465, 587, 853, 993, 995, 1080, 1194, 3128, 3306, 5222, 5432, 6379, 8080, 8443, 9418];

    /// <summary>What a shell makes of an end by SIGTERM.</summary>
    private const int Terminated = 143;

    private readonly OwnerMark _mark = OwnerMark.OfThisProcess();
    private readonly Stack<IAsyncDisposable> _servers = new();
    private PosixSignalRegistration[] _signals = [];
    private TrafficCounters? _internetTraffic;
    private TrafficCounters? _evilTraffic;
    private readonly List<(ApplianceSettings Settings, LabException Failure)> _failedStarts = [];
    private Appliance? _appliance;
    private RealServers? _realServers;
    private int _appliances;

    public Lab()
    {
        Folder = Leftovers.FolderOf(_mark);
        Sandbox = Inhabit("sbx");
        SecondSandbox = Inhabit("sbx2");
        Gateway = Inhabit("gw");
        Internet = Inhabit("inet");
        Evil = Inhabit("evil");
    }

    /// <summary>Everything the lab writes; gone with it.</summary>
    public string Folder { get; }

    public Namespace Sandbox { get; }

    public Namespace SecondSandbox { get; }

    public Namespace Gateway { get; }

    public Namespace Internet { get; }

    public Namespace Evil { get; }

    /// <summary>What the sandboxes trust; tests that start servers of their own get certificates here.</summary>
    public CertificateAuthority Authority { get => Started(field); private set; }

    public WebServer Web { get => Started(field); private set; }

    public UpstreamDns Dns { get => Started(field); private set; }

    /// <summary>Accepts anything on all usual ports of the evil and metadata addresses.</summary>
    public TcpServer Sink { get => Started(field); private set; }

    public TcpServer DatabaseServer { get => Started(field); private set; }

    public async ValueTask InitializeAsync()
    {
        Prerequisites.Demand();
        Leftovers.RemoveOfDeadOwners();
        AppDomain.CurrentDomain.ProcessExit += RemoveEverything;
        // A termination signal ends the process without that event unless somebody asks for it.
        PosixSignal[] ends = [PosixSignal.SIGTERM, PosixSignal.SIGHUP];
        _signals = [.. ends.Select(end => PosixSignalRegistration.Create(end, _ => Environment.Exit(Terminated)))];
        Directory.CreateDirectory(Folder);
        await Topology.BuildAsync(Sandbox.Name, SecondSandbox.Name, Gateway.Name, Internet.Name, Evil.Name);
        Authority = new CertificateAuthority(Folder);
        Furniture.Lay(Sandbox, Places.Gateway, Subfolder("home"), Authority.RootFile);
        Furniture.Lay(SecondSandbox, Places.SecondGateway, Subfolder("home2"), Authority.RootFile);
        Furniture.LayResolver(Gateway, Places.Resolver);
        Furniture.LayResolver(Internet, Places.Resolver);
        _internetTraffic = await TrafficCounters.InstallAsync(Internet, Places.Internet);
        _evilTraffic = await TrafficCounters.InstallAsync(Evil, Places.BeyondReach);
        await StartServersAsync();
    }

    /// <summary>
    /// The appliance with these settings and this door; the one that runs is taken when its settings are the same. There is one at a time.
    /// </summary>
    public async Task<Appliance> ApplianceAsync(ApplianceSettings settings, Door door)
    {
        if (_appliance is { Process.HasExited: false } running && running.Settings.Equals(settings))
        {
            // First whoever is about to end: by another door the last packets of its connections would not reach the appliance.
            await running.UntilQuietAsync();
            await running.UseAsync(door);
            return running;
        }

        // Waiting once for each setting that does not start is enough; the other tests that want it fail at once.
        if (_failedStarts.FirstOrDefault(f => f.Settings.Equals(settings)) is { Failure: { } earlier })
        {
            throw new LabException("an appliance with these settings has failed to start before: " + earlier.Message, earlier);
        }

        await EndApplianceAsync();
        try
        {
            _appliance = await Appliance.StartAsync(Gateway, Subfolder($"appliance-{++_appliances}"), settings, door);
            return _appliance;
        }
        catch (LabException failure)
        {
            _failedStarts.Add((settings, failure));
            throw;
        }
    }

    /// <summary>For tests that need a gateway without an appliance, or that have hurt the one they used.</summary>
    public async Task EndApplianceAsync()
    {
        if (_appliance is { } running)
        {
            _appliance = null;
            await running.DisposeAsync();
        }
    }

    /// <summary>SSH, Redis and PostgreSQL at <see cref="Places.Other"/>; started for the first test that asks for them.</summary>
    public async Task<RealServers> RealServersAsync() =>
        _realServers ??= Keep(await RealServers.StartAsync(Internet, Places.Other, Authority, Subfolder("real")));

    /// <summary>What has arrived for the host so far, in one family.</summary>
    public Task<Traffic> TrafficAsync(Place place, Family family)
    {
        var counters = Places.BeyondReach.Contains(place) ? _evilTraffic : _internetTraffic;
        return (counters ?? throw new LabException("the lab has not started")).ReadAsync(place, family);
    }

    /// <summary>What has arrived for the host so far, in both families.</summary>
    public async Task<Traffic> TrafficAsync(Place place) => await TrafficAsync(place, Family.IPv4) + await TrafficAsync(place, Family.IPv6);

    public async ValueTask DisposeAsync()
    {
        await EndApplianceAsync();
        while (_servers.TryPop(out var server))
        {
            await server.DisposeAsync();
        }

        RemoveEverything(null, EventArgs.Empty);
        AppDomain.CurrentDomain.ProcessExit -= RemoveEverything;
        foreach (var signal in _signals)
        {
            signal.Dispose();
        }
    }

    private static T Started<T>(T? part)
        where T : class => part ?? throw new LabException("the lab has not started");

    private static IEnumerable<IPEndPoint> Both(Place place, int port) => [place.At(Family.IPv4, port), place.At(Family.IPv6, port)];

    private Namespace Inhabit(string role) => new($"{_mark.Prefix}-{role}", Folder);

    private async Task StartServersAsync()
    {
        Web = Keep(await WebServer.StartAsync(
            Internet, Authority, Subfolder("web"), [Places.Allowed, Places.Other, Places.Denied, Places.Private]));
        Dns = Keep(await UpstreamDns.StartAsync(Internet, Subfolder("dns")));
        var retry = Authority.Issue(Places.Retry.Name);
        foreach (var endpoint in Both(Places.Retry, 443))
        {
            Keep(await TlsServer.StartAsync(Internet, endpoint, retry, "-groups", "P-384"));
        }

        Keep(new TcpServer(Internet, Both(Places.Refuser, 443), TcpServer.RefuseTlsAsync));
        Keep(new TcpServer(Internet, Both(Places.Allowed, 22).Concat(Both(Places.Denied, 22)), TcpServer.Banner("SSH-2.0-lab\r\n")));
        Keep(new TcpServer(Internet, Both(Places.Allowed, 7).Concat(Both(Places.Denied, 7)), TcpServer.EchoAsync));
        Keep(new TcpServer(Internet, Both(Places.Allowed, 25), TcpServer.Banner("220 lab ESMTP\r\n")));
        Keep(new TcpServer(Internet, Both(Places.Allowed, 3306), TcpServer.Banner("\x4a\0\0\0\x0a8.0.0-lab\0")));
        DatabaseServer = Keep(new TcpServer(Internet, Both(Places.Database, Database.Port), Database.ServeAsync));
        Sink = Keep(new TcpServer(Evil, UsualPorts.Select(port => new IPEndPoint(IPAddress.IPv6Any, port)), TcpServer.SinkAsync));
    }

    private string Subfolder(string name) => Directory.CreateDirectory(Path.Combine(Folder, name)).FullName;

    private T Keep<T>(T server)
        where T : IAsyncDisposable
    {
        _servers.Push(server);
        return server;
    }

    private void RemoveEverything(object? sender, EventArgs e) => Leftovers.Remove(_mark);
}
