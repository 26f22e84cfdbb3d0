using System.Net;
using SniProxy.Core.Addresses;
using SniProxy.Core.Names;
using SniProxy.Resolutions;
using SniProxy.Resolutions.Synthetic;
using SniProxy.Resolutions.Tunnelling;

namespace SniProxy.Dns;

/// <summary>Section <c>SniProxy:Dns</c>.</summary>
internal sealed class DnsOptions
{
    /// <summary><c>address:port</c>, several of them with commas between; <c>[::]</c> takes both families.</summary>
    public string Endpoint { get; init; } = "[::]:1053";

    /// <summary>See <see cref="ResolverOptions.Upstreams"/>.</summary>
    public IReadOnlyList<string> Upstreams { get; init; } = [ResolverOptions.System];

    /// <summary>Where a policy does not say.</summary>
    public DnsMode Mode { get; init; }

    /// <summary>The addresses that stand for names where <see cref="DnsMode.Synthetic"/> is meant.</summary>
    public IReadOnlyList<Cidr> SyntheticPool { get; init; } = Core.Addresses.SyntheticPool.DefaultBlocks;

    public int SyntheticNamesPerSandbox { get; init; } = SyntheticOptions.UsualNames;

    public BlockedAnswer BlockedAnswer { get; init; }

    /// <summary>Suffixes that the sandboxes' search lists append; denied names below them leave no event and count against no limit.</summary>
    public IReadOnlyList<string> LocalSuffixes { get; init; } = [];

    public int QueriesPerSecondPerSandbox { get; init; } = 200;

    public int InFlightPerSandbox { get; init; } = 100;

    public int TcpConnectionsPerSandbox { get; init; } = 20;

    /// <summary>A TCP connection that asks nothing for this long is closed (RFC 7766 section 6.2.3 leaves the figure to the server).</summary>
    public TimeSpan TcpIdleTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public TunnelOptions Tunnelling { get; init; } = new();

    public ResolverOptions ForResolver() => new() { Upstreams = Upstreams };

    public SyntheticOptions ForSynthetic() => new(SyntheticPool, SyntheticNamesPerSandbox);

    /// <summary>What is wrong with the values, each with the key's name; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var errors = new List<string>(ForResolver().Validate());
        if (!TryParseEndpoints(Endpoint, out _))
        {
            errors.Add($"SniProxy:Dns:Endpoint is \"{Endpoint}\"; write an address and a port, such as \"[::]:1053\"");
        }

        if (!Enum.IsDefined(Mode))
        {
            errors.Add($"SniProxy:Dns:Mode is {Mode}; write one of {string.Join(", ", Enum.GetNames<DnsMode>())}");
        }

        errors.AddRange(ForSynthetic().Validate());

        if (!Enum.IsDefined(BlockedAnswer))
        {
            errors.Add($"SniProxy:Dns:BlockedAnswer is {BlockedAnswer}; write one of {string.Join(", ", Enum.GetNames<BlockedAnswer>())}");
        }

        for (var i = 0; i < LocalSuffixes.Count; i++)
        {
            if (HostName.TryParse(LocalSuffixes[i], out _) != HostNameSyntax.Valid)
            {
                errors.Add($"SniProxy:Dns:LocalSuffixes:{i} is \"{LocalSuffixes[i]}\"; write a name, such as \"svc.cluster.local\"");
            }
        }

        AddIfNotPositive(errors, nameof(SyntheticNamesPerSandbox), SyntheticNamesPerSandbox);
        AddIfNotPositive(errors, nameof(QueriesPerSecondPerSandbox), QueriesPerSecondPerSandbox);
        AddIfNotPositive(errors, nameof(InFlightPerSandbox), InFlightPerSandbox);
        AddIfNotPositive(errors, nameof(TcpConnectionsPerSandbox), TcpConnectionsPerSandbox);
        AddIfNotPositive(errors, nameof(TcpIdleTimeout), TcpIdleTimeout.TotalSeconds);
        return errors;
    }

    public static bool TryParseEndpoints(string text, out IReadOnlyList<IPEndPoint> endpoints)
    {
        var found = new List<IPEndPoint>();
        endpoints = found;
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            // IPEndPoint takes a lone address for one with port 0, which is no way to write "any port" by accident.
            if (!IPEndPoint.TryParse(part, out var endpoint) || !part.EndsWith($":{endpoint.Port}", StringComparison.Ordinal))
            {
                return false;
            }

            found.Add(endpoint);
        }

        return found.Count > 0;
    }

    private static void AddIfNotPositive(List<string> errors, string key, double value)
    {
        if (value <= 0)
        {
            errors.Add($"SniProxy:Dns:{key} is {value}; it must be more than 0");
        }
    }
}
