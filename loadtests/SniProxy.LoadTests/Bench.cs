using System.Diagnostics;
using System.Globalization;
using SniProxy.LoadTests.Contenders;

namespace SniProxy.LoadTests;

/// <summary>Network, servers and contenders, and the tools that drive them.</summary>
internal sealed class Bench : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Dictionary<Contender, RunningProxy> running = [];
    private readonly List<Process> servers = [];
    private readonly LoadOptions options;
    private readonly HostMap usualHosts = new(HostMap.UsualCount);
    private double slowestPerSecond;

    public Bench(LoadOptions options)
    {
        this.options = options;
        Network = new Network(options.Namespaces);
        Questions = new Dnsperf(Network, options.Work);
        Appliances = [.. options.Appliances.Select((kind, i) =>
            new Appliance(kind.Name, i, kind.Transport, options) { IsTransparent = kind.IsTransparent })];
        Contenders = [.. Appliances, .. options.Peers.Select((peer, i) => PeerOf(peer, 7443 + i))];
        foreach (var addresses in (IReadOnlyList<string>[])[Network.Servers, Network.DirectServers])
        {
            Serve("server", [.. addresses.Take(3)]);
            Serve("tls", ["serve", addresses[3], $"{options.Work}/tls.pem", $"{options.Work}/tls.key"]);
        }

        Serve("names", ["serve", Network.Resolver, .. Network.Servers]);
    }

    /// <summary>How many connections a second the slowest contender can carry. Measured when first asked for.</summary>
    public double SlowestPerSecond
    {
        get
        {
            if (slowestPerSecond <= 0)
            {
                slowestPerSecond = Contenders.Where(contender => contender is not Resolver).Min(contender =>
                {
                    var answer = Client(LeadThrough(contender), "connect", HostClass.Echo, "--connections", Text(Scenarios.ConnectScenario.AtOnce));
                    return answer.PerSecond(answer["count"]);
                });
            }

            return slowestPerSecond;
        }
    }

    public Network Network { get; }

    /// <summary>Who asks questions.</summary>
    public Dnsperf Questions { get; }

    public IReadOnlyList<Appliance> Appliances { get; }

    public IReadOnlyList<Contender> Contenders { get; }

    public double Seconds => options.Seconds;

    public bool IsQuick => options.IsQuick;

    /// <summary>The sandbox's connections go through this one from now on; null for none, where the router leads.</summary>
    public RunningProxy? LeadThrough(Contender? contender)
    {
        if (contender is null)
        {
            return null;
        }

        if (!running.TryGetValue(contender, out var proxy))
        {
            proxy = LeadThroughFresh(contender);
            if (contender is not Resolver && options.AsksForConnections)
            {
                WarmUp(proxy);
            }
        }

        LeadTo(contender, usualHosts.Count);
        return proxy;
    }

    /// <summary>The same with one that has just been started and has not seen a connection.</summary>
    public RunningProxy LeadThroughFresh(Contender contender)
    {
        Stop(contender);
        var proxy = new RunningProxy(contender, Network, FolderOf(contender), usualHosts);
        running[contender] = proxy;
        LeadTo(contender, usualHosts.Count);
        return proxy;
    }

    /// <summary>One that runs beside what has been started so far, with hosts of its own, until it is disposed of.</summary>
    public RunningProxy Start(Contender contender, string folder, HostMap hosts, int names)
    {
        var proxy = new RunningProxy(contender, Network, $"{options.Work}/{folder}", hosts);
        LeadTo(contender, names);
        return proxy;
    }

    /// <summary>Leads to what listens at the contender's port, and lets the sandbox ask for so many names.</summary>
    private void LeadTo(Contender contender, int names)
    {
        Network.LeadTo(contender);
        if (contender.DnsPort is not null)
        {
            Tool("names", Patience, "ask", Network.Resolver, Text(names));
        }
    }

    public void Stop(Contender contender)
    {
        if (running.Remove(contender, out var proxy))
        {
            proxy.Dispose();
        }
    }

    public string FolderOf(Contender contender) => $"{options.Work}/{contender.Name}";

    /// <summary>Long enough that what is compiled while it runs has been: appliances run for weeks.</summary>
    public void WarmUp(RunningProxy proxy, int hosts = HostMap.UsualCount)
    {
        string[] length = ["--connections", Text(Scenarios.ConnectScenario.AtOnce), "--hosts", Text(hosts), "--seconds", IsQuick ? "3" : "6"];
        _ = Client(proxy, "connect", HostClass.Echo, length);
        _ = Client(proxy, "deny", HostClass.Echo, length);
    }

    /// <summary>Runs a scenario of the plain client.</summary>
    public ToolAnswer Client(RunningProxy? proxy, string scenario, HostClass hosts, params IEnumerable<string> more) =>
        Drive("client", scenario, proxy, hosts, more);

    /// <summary>Runs a scenario of the TLS client.</summary>
    public ToolAnswer TlsClient(RunningProxy? proxy, string scenario, params IEnumerable<string> more) => Drive("tls", scenario, proxy, HostClass.Tls, more);

    /// <summary>Connections that are opened and do nothing until what comes back is disposed of.</summary>
    public IdleConnections Idle(int count) =>
        new(Command.Start(Network.InSandbox($"{options.Tools}/client", "idle", "--to", Network.Servers[0], "--connections", Text(count)), null), count);

    public string Tool(string name, TimeSpan patience, params IEnumerable<string> arguments) =>
        Command.Run(Network.InSandbox([$"{options.Tools}/{name}", .. arguments]), patience);

    public string ToolPath(string name) => $"{options.Tools}/{name}";

    public static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    public void Dispose()
    {
        foreach (var proxy in running.Values)
        {
            proxy.Dispose();
        }

        foreach (var server in servers)
        {
            server.Kill();
            server.Dispose();
        }
    }

    private ToolAnswer Drive(string tool, string scenario, RunningProxy? proxy, HostClass hosts, IEnumerable<string> arguments)
    {
        var to = (proxy is null ? Network.DirectServers : Network.Servers)[(int)hosts];
        var watch = proxy is null ? [] : (string[])["--watch", proxy.Ids];
        return new ToolAnswer(Tool(tool, Patience, [scenario, "--warm-up", IsQuick ? "0.5" : "1", "--seconds", Text(options.Seconds), .. arguments, "--to", to, "--class", Text((int)hosts), .. watch]));
    }

    private Contender PeerOf(string peer, int port) => peer switch
    {
        Floor.Key => new Floor(port, options.Tools),
        "nginx" => new Nginx(port),
        Dnsmasq.Key => new Dnsmasq(port),
        Unbound.Key => new Unbound(port),
        "dlundquist" => new Dlundquist(port),
        Haproxy.TunedTransparent => new Haproxy(peer, port, true) { IsTransparent = true },
        Haproxy.TunedLogging => new Haproxy(peer, port, true) { IsLogging = true },
        _ => new Haproxy(peer, port, peer == Haproxy.Tuned),
    };

    private void Serve(string tool, string[] arguments)
    {
        var server = Command.Start(Network.InInternet([$"{options.Tools}/{tool}", .. arguments]), null);
        servers.Add(server);
        if (server.StandardOutput.ReadLine() != "ready")
        {
            throw new CommandFailedException($"{tool}: {server.StandardError.ReadToEnd()}");
        }
    }
}
