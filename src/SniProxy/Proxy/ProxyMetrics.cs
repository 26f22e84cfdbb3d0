using System.Diagnostics.Metrics;
using SniProxy.Core.Contract;
using SniProxy.Flows;

namespace SniProxy.Proxy;

/// <summary>
/// Counts of the proxy's decisions and bytes. Hosts are never labels: their number is the client's to choose. Counters are observed: a
/// connection adds to numbers, and whoever collects reads them.
/// </summary>
internal sealed class ProxyMetrics : IDisposable
{
    private readonly Meter meter = new("SniProxy.Proxy");
    private readonly CountsByName<PolicyCounts> policies = new(_ => new PolicyCounts());
    private readonly Histogram<double> decision;
    private readonly Histogram<double> clientHello;
    private readonly Histogram<double> connect;

    public ProxyMetrics()
    {
        _ = meter.CreateObservableCounter(
            "sniproxy_connections_total", Connections, description: "Connections judged, by listener, protocol, verdict and policy.");
        _ = meter.CreateObservableCounter(
            "sniproxy_denied_total", Denied, description: "Connections and requests denied, by policy, reason and protocol.");
        _ = meter.CreateObservableCounter(
            "sniproxy_would_deny_total",
            WouldDeny,
            description: "Connections let through by shadow or observe that enforce would deny, by policy and reason.");
        _ = meter.CreateObservableCounter("sniproxy_bytes_total", Bytes, description: "Bytes relayed, by direction and policy.");
        decision = meter.CreateHistogram<double>(
            "sniproxy_decision_seconds", description: "Time to judge a flow, without waiting for its bytes or for resolution.");
        clientHello = meter.CreateHistogram<double>(
            "sniproxy_client_hello_seconds", description: "Time from accept to the end of the first message.");
        connect = meter.CreateHistogram<double>("sniproxy_upstream_connect_seconds", description: "Time to connect to the upstream.");
    }

    /// <summary>A flow has ended as its event says: all that is counted of it.</summary>
    public void Ended(string listener, string policy, in FlowEvent flow)
    {
        var counts = policies.Of(policy);
        counts.AddConnection(listener, flow.Protocol, flow.Verdict);
        CountVerdict(counts, flow);
        if (flow.BytesUp + flow.BytesDown > 0)
        {
            counts.AddBytes(flow.BytesUp, flow.BytesDown);
        }
    }

    /// <summary>Something on a flow was judged by itself.</summary>
    public void Judged(string policy, in FlowEvent request) => CountVerdict(policies.Of(policy), request);

    /// <summary>A connection was reset before it was a flow.</summary>
    public void TurnedAway(string listener, string policy, Reason reason)
    {
        var counts = policies.Of(policy);
        counts.AddConnection(listener, Protocol.Unread, Decision.Deny);
        counts.AddDenied(reason, Protocol.Unread);
    }

    public void Decided(TimeSpan elapsed) => decision.Record(elapsed.TotalSeconds);

    public void HelloRead(TimeSpan elapsed) => clientHello.Record(elapsed.TotalSeconds);

    public void Connected(TimeSpan elapsed) => connect.Record(elapsed.TotalSeconds);

    public void Dispose() => meter.Dispose();

    private static void CountVerdict(PolicyCounts counts, in FlowEvent flow)
    {
        if (flow.Verdict == Decision.Deny)
        {
            counts.AddDenied(flow.Reason, flow.Protocol);
        }
        else if (flow.WouldBe == Decision.Deny)
        {
            counts.AddWouldDeny(flow.Reason);
        }
    }

    private IEnumerable<Measurement<long>> Connections() =>
        from policy in policies.All
        from one in policy.Counts.Connections()
        select new Measurement<long>(
            one.Count,
            new("listener", one.Listener),
            new("protocol", one.Protocol.Identifier()),
            new("verdict", one.Verdict.Identifier()),
            new("policy", policy.Name));

    private IEnumerable<Measurement<long>> Denied() =>
        from policy in policies.All
        from one in policy.Counts.Denied()
        select new Measurement<long>(
            one.Count, new("policy", policy.Name), new("reason", one.Reason.Identifier()), new("protocol", one.Protocol.Identifier()));

    private IEnumerable<Measurement<long>> WouldDeny() =>
        from policy in policies.All
        from one in policy.Counts.WouldDeny()
        select new Measurement<long>(one.Count, new("policy", policy.Name), new("reason", one.Reason.Identifier()));

    private IEnumerable<Measurement<long>> Bytes() => policies.All.SelectMany(policy => Bytes(policy.Name, policy.Counts));

    private static IEnumerable<Measurement<long>> Bytes(string policy, PolicyCounts counts) =>
        (counts.BytesUp, counts.BytesDown) is var (up, down) && up + down > 0
            ? [Bytes("up", up, policy), Bytes("down", down, policy)]
            : [];

    private static Measurement<long> Bytes(string direction, long count, string policy) => new(count, new("direction", direction), new("policy", policy));
}
