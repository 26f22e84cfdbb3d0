using System.Diagnostics;
using System.Diagnostics.Metrics;
using SniProxy.Core.Contract;
using SniProxy.Core.Dns;

namespace SniProxy.Dns;

internal sealed class DnsMetrics : IDisposable
{
    private readonly Meter meter = new("SniProxy.Dns");
    private readonly Counter<long> queries;

    public DnsMetrics() => queries = meter.CreateCounter<long>("sniproxy_dns_queries_total", description: "DNS questions of sandboxes, by what was decided.");

    public void Answered(string? policy, DnsType type, Decision verdict, Reason reason)
    {
        var tags = new TagList
        {
            { "policy", policy ?? string.Empty },
            { "type", type.Label() },
            { "verdict", verdict switch { Decision.Allow => "allow", Decision.Audit => "audit", _ => "deny" } },
            { "reason", reason.Identifier() },
        };
        queries.Add(1, tags);
    }

    public void Dispose() => meter.Dispose();
}
