using System.Globalization;

namespace SniProxy.LoadTests;

/// <summary>What run.sh was asked for, and where it put what is measured.</summary>
internal sealed record LoadOptions
{
    public static readonly IReadOnlyList<string> AllPeers = ["haproxy", "haproxy-tuned", "haproxy-logging", "nginx", "dlundquist", "haproxy-tproxy", Contenders.Dnsmasq.Key, Contenders.Unbound.Key];

    private const string Redirect = "redirect";
    private const string TProxy = "tproxy";

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

    /// <summary>How packets are led to the appliance, each a contender of its own: redirect, tproxy.</summary>
    public IReadOnlyList<string> Interceptions { get; private set; } = [Redirect];

    /// <summary>Every transport with every interception; the name tells what was asked for.</summary>
    public IEnumerable<(string Name, string? Transport, bool IsTransparent)> Appliances =>
        from transport in Transports.Count == 0 ? [null] : Transports.Cast<string?>()
        from interception in Interceptions
        let name = string.Join('-', (string?[])["appliance", transport, interception == Redirect ? null : interception])
        select (name.Replace("--", "-", StringComparison.Ordinal).TrimEnd('-'), transport, interception == TProxy);

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
            case "--peers": Peers = Known([.. List(value()).Where(peer => peer != "none")], [.. AllPeers, Contenders.Floor.Key], "peer"); break;
            case "--transport": Transports = [.. List(value()).Where(name => name != "none")]; break;
            case "--intercept": Interceptions = Known(List(value()), [Redirect, TProxy], "interception"); break;
            case "--set": Settings = [.. Settings, value()]; break;
            case "--quick": IsQuick = true; break;
            default: throw new ArgumentException($"unknown option {option}");
        }
    }

    private static string[] List(string value) => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string[] Known(string[] values, IReadOnlyList<string> known, string what) =>
        values.FirstOrDefault(value => !known.Contains(value)) is { } unknown
            ? throw new ArgumentException($"unknown {what} {unknown}; known are {string.Join(", ", known)}")
            : values;
}
