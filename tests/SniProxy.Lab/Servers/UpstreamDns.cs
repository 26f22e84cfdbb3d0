using System.Text;
using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Servers;

/// <summary>
/// dnsmasq as the resolver of the internet, with a log of every question that reached it: what is not in there never left the appliance.
/// Names that tests change live in a file of their own, which it reads again on demand.
/// </summary>
public sealed class UpstreamDns : IAsyncDisposable
{
    public const string WwwAllowed = "www.allowed.example";

    /// <summary>An alias of an alias of allowed.example.</summary>
    public const string Chain = "chain.example";

    /// <summary>A name below an allowed one whose alias is denied.example.</summary>
    public const string Sneaky = "sneaky.allowed.example";

    /// <summary>Has eight addresses that come in another order each time.</summary>
    public const string Rotating = "rotating.example";

    /// <summary>Every name below it exists, as under a tunnel's domain.</summary>
    public const string Wild = "wild.example";

    /// <summary>Every name below it exists, and each is a domain of its own: none is counted with another as data in names.</summary>
    public const string WildTop = "wild";

    /// <summary>A name below one that is not there, with an address of one family.</summary>
    public const string Child = "api.parent.example";

    /// <summary>Its address of the other family is private.</summary>
    public const string HalfPrivate = "half.example";

    /// <summary>Has an HTTPS record with an ech parameter.</summary>
    public const string Ech = "ech.example";

    /// <summary>Of names below them it asks the server of a tunnel, where a test runs one.</summary>
    public static readonly IReadOnlyList<string> TunnelDomains = [.. Tunnel.Types.Select(Tunnel.DomainOf)];

    private readonly Child _dnsmasq;
    private readonly string _logFile;
    private readonly string _changingFile;
    private readonly Dictionary<string, IReadOnlyList<string>> _changing = [];

    private UpstreamDns(Child dnsmasq, string logFile, string changingFile)
    {
        _dnsmasq = dnsmasq;
        _logFile = logFile;
        _changingFile = changingFile;
    }

    public static async Task<UpstreamDns> StartAsync(Namespace where, string folder)
    {
        Directory.CreateDirectory(folder);
        var log = Path.Combine(folder, "queries.log");
        var changing = Path.Combine(folder, "changing.hosts");
        var configuration = Path.Combine(folder, "dnsmasq.conf");
        await File.WriteAllTextAsync(log, "");
        await File.WriteAllTextAsync(changing, "");
        await File.WriteAllTextAsync(configuration, Configuration(folder, log, changing));
        var dnsmasq = where.Start("dnsmasq", "--keep-in-foreground", $"--conf-file={configuration}");
        var server = new UpstreamDns(dnsmasq, log, changing);
        await Waiting.UntilAsync(
            () => dnsmasq.HasExited || File.ReadAllText(log).Contains("started", StringComparison.Ordinal),
            TimeSpan.FromSeconds(10),
            () => "dnsmasq is not up:\n" + dnsmasq.Said);
        return dnsmasq.HasExited ? throw new LabException("dnsmasq ended:\n" + dnsmasq.Said) : server;
    }

    /// <summary>The log from the beginning; take its length first and cut there to see only what came later.</summary>
    public string Log => File.ReadAllText(_logFile);

    public int Mark => Log.Length;

    /// <summary>Whether any question that contains the text has arrived since the mark, in whatever letter case.</summary>
    public bool WasAsked(string text, int since = 0) => Log[since..].Split('\n').Any(
        line => line.Contains(" query[", StringComparison.Ordinal) && line.Contains(text, StringComparison.OrdinalIgnoreCase));

    /// <summary>How many questions that contain the text have arrived since the mark.</summary>
    public int CountAsked(string text, int since) => Log[since..].Split('\n').Count(
        line => line.Contains(" query[", StringComparison.Ordinal) && line.Contains(text, StringComparison.OrdinalIgnoreCase));

    /// <summary>Gives a name these addresses from now on (time to live 0); an empty list takes the name away.</summary>
    public async Task SetAsync(string name, params string[] addresses)
    {
        _changing[name] = addresses;
        await File.WriteAllLinesAsync(_changingFile, _changing.SelectMany(c => c.Value.Select(address => $"{address} {c.Key}")));
        var mark = Mark;
        _dnsmasq.Signal(Signals.Hangup);
        await Waiting.UntilAsync(
            () => Log[mark..].Contains(_changingFile, StringComparison.Ordinal), TimeSpan.FromSeconds(5), () => "dnsmasq did not read its hosts again");
    }

    /// <summary>Stops answering without closing anything, as a server that hangs.</summary>
    public void Hang() => _dnsmasq.Signal(Signals.Stop);

    public void Resume() => _dnsmasq.Signal(Signals.Continue);

    public ValueTask DisposeAsync()
    {
        Resume();
        return _dnsmasq.DisposeAsync();
    }

    private static string Configuration(string folder, string log, string changing)
    {
        var text = new StringBuilder($"""
            user=root
            pid-file={folder}/dnsmasq.pid
            log-queries=extra
            log-facility={log}
            listen-address={Places.Resolver.V4},{Places.Resolver.V6}
            bind-interfaces
            no-resolv
            no-hosts
            no-negcache
            addn-hosts={changing}
            local-ttl=0
            local=/example/internal/arpa/test/
            cname={WwwAllowed},allowed.example
            cname=hop.example,allowed.example
            cname={Chain},hop.example
            cname={Sneaky},denied.example
            address=/{Wild}/{WildTop}/203.0.113.10
            server=/{string.Join('/', TunnelDomains)}/{Places.Other.V4}
            txt-record=allowed.example,"v=lab1"
            mx-host=allowed.example,mail.example,10
            dns-rr={Ech},65,0001000001000302683200050004dead0001

            """);
        foreach (var place in Places.Internet.Concat(Places.BeyondReach))
        {
            text.AppendLine($"host-record={place.Name},{place.V4},{place.V6},60");
        }

        text.AppendLine($"host-record={Ech},{Places.Allowed.V4},{Places.Allowed.V6},60");
        text.AppendLine($"host-record={Child},{Places.Allowed.V4},60");
        text.AppendLine($"host-record={HalfPrivate},{Places.Allowed.V4},{Places.Private.V6},60");
        for (var i = 1; i <= 8; i++)
        {
            text.AppendLine($"host-record={Rotating},203.0.113.{100 + i},60");
        }

        return text.ToString();
    }
}
