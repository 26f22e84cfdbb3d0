using System.Globalization;

namespace SniProxy.LoadTests;

/// <summary>What run.sh was asked for, and where it put what is measured.</summary>
internal sealed record LoadOptions
{
    public static readonly IReadOnlyList<string> AllPeers = ["haproxy", "haproxy-tuned", "nginx", "dlundquist", Contenders.Dnsmasq.Key, Contenders.Unbound.Key];

    /// <summary>The scratch folder of this run.</summary>
    public string Work { get; private set; } = "";

    public string Tools { get; private set; } = "";

    /// <summary>The published appliance.</summary>
    public string Appliance { get; private set; } = "";

    /// <summary>What the names of the network namespaces begin with.</summary>
    public string Namespaces { get; private set; } = "";

    /// <summary>Where RESULTS.md and the charts go; null for nowhere.</summary>
    public string? Output { get; private set; }

    public int Rounds { get; private set; } = 5;

    public double Seconds { get; private set; } = 5;

    public bool IsQuick { get; private set; }

    /// <summary>Scenarios to run; empty for all.</summary>
    public IReadOnlyList<string> Only { get; private set; } = [];

    /// <summary>Some of them open connections, for which a proxy is to be warm.</summary>
    public bool AsksForConnections => Only.Count == 0 || Only.Any(name => !name.StartsWith("dns-", StringComparison.Ordinal));

    public IReadOnlyList<string> Peers { get; private set; } = AllPeers;

    /// <summary>Transports of the appliance, each a contender of its own; empty for whichever it takes by itself.</summary>
    public IReadOnlyList<string> Transports { get; private set; } = [];

    /// <summary>Keys that are set over the appliance's configuration.</summary>
    public IReadOnlyList<string> Settings { get; private set; } = [];

    // The proxy has a processor to itself; whoever drives it has the others.
    public static int ProxyProcessor => Environment.ProcessorCount - 1;

    public static LoadOptions? Parse(string[] args, TextWriter errors)
    {
        var options = new LoadOptions();
        try
        {
            for (var i = 0; i < args.Length; i++)
            {
                options.Take(args[i], () => args[++i]);
            }
        }
        catch (Exception error) when (error is ArgumentException or FormatException or IndexOutOfRangeException)
        {
            errors.WriteLine($"{string.Join(' ', args)}: {error.Message}");
            return null;
        }

        return options;
    }

    private void Take(string option, Func<string> value)
    {
        switch (option)
        {
            case "--work": Work = value(); break;
            case "--tools": Tools = value(); break;
            case "--appliance": Appliance = value(); break;
            case "--namespaces": Namespaces = value(); break;
            case "--output": Output = value(); break;
            case "--rounds": Rounds = int.Parse(value(), CultureInfo.InvariantCulture); break;
            case "--seconds": Seconds = double.Parse(value(), CultureInfo.InvariantCulture); break;
            case "--only": Only = List(value()); break;
            case "--peers": Peers = Known(List(value())); break;
            case "--transport": Transports = [.. List(value()).Where(name => name != "none")]; break;
            case "--set": Settings = [.. Settings, value()]; break;
            case "--quick": IsQuick = true; break;
            default: throw new ArgumentException($"unknown option {option}");
        }
    }

    private static string[] List(string value) => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string[] Known(string[] peers) =>
        peers.FirstOrDefault(peer => peer is not ("none" or Contenders.Floor.Key) && !AllPeers.Contains(peer)) is { } unknown
            ? throw new ArgumentException($"unknown peer {unknown}; known are {string.Join(", ", AllPeers)}")
            : [.. peers.Where(peer => peer != "none")];
}
