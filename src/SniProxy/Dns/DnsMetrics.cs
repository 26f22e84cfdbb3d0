using System.Diagnostics.Metrics;
using SniProxy.Core.Contract;
using SniProxy.Core.Dns;
using SniProxy.Flows;

namespace SniProxy.Dns;

/// <summary>Counts of questions. They are observed: a question adds to a number, and whoever collects reads it.</summary>
internal sealed class DnsMetrics : IDisposable
{
    private readonly Meter meter = new("SniProxy.Dns");
    private readonly CountsByName<QuestionCounts> policies = new(_ => new QuestionCounts());

    public DnsMetrics() => _ = meter.CreateObservableCounter(
        "sniproxy_dns_queries_total", Questions, description: "DNS questions of sandboxes, by what was decided.");

    public void Answered(string? policy, DnsType type, Decision verdict, Reason reason) =>
        policies.Of(policy ?? string.Empty).Add(type, verdict, reason);

    public void ObserveUnread(Func<long> count) => meter.CreateObservableCounter(
        "sniproxy_dns_unread_total", count, description: "DNS questions over UDP that were dropped because they came faster than they were read.");

    public void Dispose() => meter.Dispose();

    private IEnumerable<Measurement<long>> Questions() =>
        from policy in policies.All
        from one in policy.Counts.All()
        select new Measurement<long>(
            one.Count,
            new("policy", policy.Name),
            new("type", one.Type),
            new("verdict", one.Verdict.Identifier()),
            new("reason", one.Reason.Identifier()));
}
