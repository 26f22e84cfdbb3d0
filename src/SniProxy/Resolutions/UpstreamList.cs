namespace SniProxy.Resolutions;

/// <summary>
/// The name servers in the order in which one question asks them: those that answer, as configured, then those that fell silent.
/// A silent one is asked now and then beside a good one, so that its return costs nobody a wait.
/// </summary>
internal sealed class UpstreamList : IAsyncDisposable
{
    private readonly ResolverOptions options;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private readonly SystemNameservers system;
    private readonly UpstreamAddress?[] configured;
    private readonly Lock gate = new();
    private readonly Dictionary<UpstreamAddress, Upstream> known = [];

    public UpstreamList(ResolverOptions options, TimeProvider clock, ILogger logger)
    {
        this.options = options;
        this.clock = clock;
        this.logger = logger;
        system = new SystemNameservers(options.SystemFile, clock, logger);
        configured = [.. options.Upstreams.Select(text => UpstreamAddress.TryParse(text, out var address) ? address : null)];
    }

    /// <summary>Whom to ask, in order, and how many of them at once.</summary>
    public (IReadOnlyList<Upstream> Servers, int AtOnce) Plan()
    {
        var up = new List<Upstream>();
        var silent = new List<Upstream>();
        var probes = new List<Upstream>();
        foreach (var upstream in Current())
        {
            var place = !upstream.IsDown ? up : upstream.TryTakeProbe() ? probes : silent;
            place.Add(upstream);
        }

        // With nobody to rely on everybody is asked at once.
        return up.Count == 0
            ? ([.. probes, .. silent], probes.Count + silent.Count)
            : ([up[0], .. probes, .. up.Skip(1), .. silent], 1 + probes.Count);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var upstream in known.Values)
        {
            await upstream.DisposeAsync();
        }
    }

    private List<Upstream> Current()
    {
        var servers = new List<Upstream>(configured.Length);
        lock (gate)
        {
            foreach (var address in configured)
            {
                foreach (var each in address is null ? system.Current() : [address])
                {
                    if (!known.TryGetValue(each, out var upstream))
                    {
                        upstream = new Upstream(each, options, clock, logger);
                        known.Add(each, upstream);
                    }

                    servers.Add(upstream);
                }
            }
        }

        return servers;
    }
}
