using System.Security.Cryptography.X509Certificates;

namespace SniProxy.Resolutions;

/// <summary>Whom the appliance asks, and how long it waits. What the figures do: see <see cref="Question"/>.</summary>
internal sealed class ResolverOptions
{
    /// <summary>The word that stands for the name servers of <c>/etc/resolv.conf</c>.</summary>
    public const string System = "system";

    /// <summary><c>system</c>, <c>address[:port]</c>, <c>[v6]:port</c> or <c>tls://address[:port]#server-name</c>; asked in this order.</summary>
    public IReadOnlyList<string> Upstreams { get; init; } = [System];

    /// <summary>resolv.conf(5): where <c>system</c> looks.</summary>
    public string SystemFile { get; init; } = "/etc/resolv.conf";

    /// <summary>A silent server keeps a question this long to itself; then the next one is asked as well.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>The whole time for an answer, just under the 5 s after which stub resolvers ask again (resolv.conf(5), "timeout").</summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromSeconds(4.5);

    /// <summary>How often a server that fell silent is asked beside another one, so that its return is seen.</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Answers kept at most, if each takes no more than 1 KiB; larger ones count by their size.</summary>
    public int CacheSize { get; init; } = 10_000;

    /// <summary>Questions under way at most, each with a socket of its own, a quarter of them for one sandbox; more of them fail at once.</summary>
    public int MaxInFlight { get; init; } = 2_000;

    /// <summary>Authorities that certificates of name servers must come from; null for those that the machine trusts.</summary>
    public X509Certificate2Collection? Roots { get; init; }

    /// <summary>What is wrong with the values, each with the key's name; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var errors = new List<string>();
        if (Upstreams.Count == 0)
        {
            errors.Add($"SniProxy:Dns:Upstreams is empty; write [\"{System}\"] for the machine's own name servers");
        }

        for (var i = 0; i < Upstreams.Count; i++)
        {
            if (Upstreams[i] != System && !UpstreamAddress.TryParse(Upstreams[i], out _))
            {
                errors.Add($"SniProxy:Dns:Upstreams:{i} is \"{Upstreams[i]}\"; write \"{System}\", \"192.0.2.53\", \"192.0.2.53:53\", \"[2001:db8::53]:53\" or \"tls://192.0.2.53#dns.example\"");
            }
        }

        return errors;
    }
}
