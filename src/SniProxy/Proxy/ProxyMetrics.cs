using System.Diagnostics.Metrics;
using SniProxy.Core.Contract;

namespace SniProxy.Proxy;

/// <summary>Counts of the proxy's decisions and bytes. Hosts are never labels: their number is the client's to choose.</summary>
internal sealed class ProxyMetrics : IDisposable
{
    private readonly Meter meter = new("SniProxy.Proxy");
    private readonly Counter<long> connections;
    private readonly Counter<long> denied;
    private readonly Counter<long> wouldDeny;
    private readonly Counter<long> bytes;
    private readonly Histogram<double> decision;
    private readonly Histogram<double> clientHello;
    private readonly Histogram<double> connect;

    public ProxyMetrics()
    {
        connections = meter.CreateCounter<long>(
            "sniproxy_connections_total", description: "Connections judged, by listener, protocol, verdict and policy.");
        denied = meter.CreateCounter<long>(
            "sniproxy_denied_total", description: "Connections and requests denied, by policy, reason and protocol.");
        wouldDeny = meter.CreateCounter<long>(
            "sniproxy_would_deny_total",
            description: "Connections let through by shadow or observe that enforce would deny, by policy and reason.");
        bytes = meter.CreateCounter<long>("sniproxy_bytes_total", description: "Bytes relayed, by direction and policy.");
        decision = meter.CreateHistogram<double>(
            "sniproxy_decision_seconds", description: "Time to judge a flow, without waiting for its bytes or for resolution.");
        clientHello = meter.CreateHistogram<double>(
            "sniproxy_client_hello_seconds", description: "Time from accept to the end of the first message.");
        connect = meter.CreateHistogram<double>("sniproxy_upstream_connect_seconds", description: "Time to connect to the upstream.");
    }

    public void Judged(string listener, Protocol protocol, Decision verdict, string policy) => connections.Add(
        1, new("listener", listener), new("protocol", protocol.Identifier()), new("verdict", verdict.Identifier()), new("policy", policy));

    public void Denied(string policy, Reason reason, Protocol protocol) =>
        denied.Add(1, new("policy", policy), new("reason", reason.Identifier()), new("protocol", protocol.Identifier()));

    public void WouldDeny(string policy, Reason reason) => wouldDeny.Add(1, new("policy", policy), new("reason", reason.Identifier()));

    public void Relayed(long up, long down, string policy)
    {
        bytes.Add(up, new("direction", "up"), new("policy", policy));
        bytes.Add(down, new("direction", "down"), new("policy", policy));
    }

    public void Decided(TimeSpan elapsed) => decision.Record(elapsed.TotalSeconds);

    public void HelloRead(TimeSpan elapsed) => clientHello.Record(elapsed.TotalSeconds);

    public void Connected(TimeSpan elapsed) => connect.Record(elapsed.TotalSeconds);

    public void Dispose() => meter.Dispose();
}
