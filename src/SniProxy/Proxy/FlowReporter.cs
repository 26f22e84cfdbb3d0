using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;
using SniProxy.Events;
using SniProxy.Flows;

namespace SniProxy.Proxy;

/// <summary>Tells what became of flows: one event each, and the metrics that go with it.</summary>
internal sealed class FlowReporter(
    EventLog events, EventIds ids, ProxyMetrics metrics, FlowsMetrics flows, ProxyLog log, TimeProvider clock)
{
    public ProxyLog Log => log;

    public TimeProvider Clock => clock;

    public bool IsOverloaded => events.IsOverloaded;

    public void Opened(FlowRecord record) => flows.Opened(record.Connection.Listener.Name);

    public void MessageRead(TimeSpan sinceAccept) => metrics.HelloRead(sinceAccept);

    public void Decided(long startTimestamp) => metrics.Decided(clock.GetElapsedTime(startTimestamp));

    public void Connected(TimeSpan elapsed) => metrics.Connected(elapsed);

    /// <summary>The flow has ended: its event, and its counts. Who sees no flow open any more finds the events of all.</summary>
    public void Report(FlowRecord record, Ending ending)
    {
        var flowEvent = record.ToEvent(ending);
        metrics.Ended(record.Connection.Listener.Name, record.PolicyName, flowEvent);
        if (ending == Ending.Refused && flowEvent.Reason is Reason.RateLimited or Reason.ConnectionLimit or Reason.Overloaded)
        {
            events.RecordRefusal(record.Flow.Sandbox.Lifecycle, flowEvent);
        }
        else
        {
            events.Record(flowEvent);
        }

        if (ending == Ending.Revoked)
        {
            flows.Revoked(flowEvent.Reason);
        }

        flows.Closed(record.Connection.Listener.Name);
    }

    /// <summary>A listener reset a connection over the limit on all flows: it was never a flow, and is counted and told all the same.</summary>
    public void ReportTurnedAway(ListenerOptions listener, Endpoint client, Sandbox sandbox, in Judge judge)
    {
        metrics.TurnedAway(listener.Name, judge.Policy?.Name ?? FlowRecord.NoPolicy, Reason.Overloaded);
        events.RecordRefusal(sandbox.Lifecycle, FlowEvents.TurnedAway(listener, client, sandbox, judge) with
        {
            Id = ids.Next(),
            Time = clock.GetUtcNow(),
        });
    }

    /// <summary>
    /// Something later on a flow was found wrong: denied, or told only where the flow's mode watches. An event of its own, which names the
    /// flow.
    /// </summary>
    public FlowEvent ReportRequest(FlowRecord record, in Verdict verdict, string? words, HostName? name)
    {
        var isWatching = record.IsWatched;
        var requestEvent = record.ToEvent(Ending.RequestRefused) with
        {
            Id = ids.Next(),
            Time = clock.GetUtcNow(),
            Kind = EventKind.Request,
            Flow = record.Flow.Id,
            Name = name?.Value,
            Verdict = isWatching ? Decision.Audit : Decision.Deny,
            WouldBe = isWatching ? Decision.Deny : null,
            Reason = verdict.Reason,
            Message = isWatching ? $"[{record.Judge.Mode.Identifier()}] would deny: {words}" : words,
            Rule = verdict.RuleName,
            Grant = verdict.GrantId,
            NearMiss = null,
            BytesUp = 0,
            BytesDown = 0,
        };
        metrics.Judged(record.PolicyName, requestEvent);
        events.Record(requestEvent);
        return requestEvent;
    }
}
