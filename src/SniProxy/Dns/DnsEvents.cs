using SniProxy.Core.Contract;
using SniProxy.Core.Dns;
using SniProxy.Core.Policies;
using SniProxy.Events;
using SniProxy.Resolutions.Tunnelling;

namespace SniProxy.Dns;

/// <summary>Writes the one event of a question.</summary>
internal sealed class DnsEvents(EventLog log, TunnelWatch tunnels, TimeProvider clock)
{
    private readonly DenialWords denials = new();

    public void Record(DecisionId id, in DnsTransaction asked, in DnsOutcome outcome)
    {
        var (request, query, sandbox, judge) = (asked.Request, asked.Query, asked.Sandbox, asked.Judge);
        var verdict = outcome.Verdict;
        var elapsed = clock.GetElapsedTime(asked.Started);
        string? nearMiss = null;
        var message = outcome.Words is { } words ? words
            : verdict.Reason == Reason.Tunnelling && query.Name is { } name ? WouldDeny(judge, verdict) + tunnels.Describe(sandbox.Lifecycle, name)
            : !verdict.IsDenied && !verdict.WouldDeny ? null
            : Describe(query, judge, verdict, out nearMiss);
        var decision = new DnsDecision
        {
            Id = id,
            Sandbox = sandbox,
            Policy = judge.Policy?.Name,
            Revision = judge.Revision,
            Transport = request.Transport,
            Client = request.Client,
            Name = query.Name,
            Type = query.QuestionLength > 0 ? query.Type : null,
            Verdict = verdict,
            Message = message,
            NearMiss = nearMiss,
            DurationMs = elapsed.TotalMilliseconds,
            Reply = outcome.Reply,
        };
        if (verdict.Reason is Reason.RateLimited or Reason.ConnectionLimit)
        {
            log.RecordRefusal(sandbox.Lifecycle, decision);
            return;
        }

        log.Record(decision);
    }

    // What this door decided by itself it says by itself; the judge tells about its own verdicts.
    private string Describe(in DnsQuery query, in Judge judge, in Verdict verdict, out string? nearMiss)
    {
        nearMiss = null;
        switch (verdict.Reason)
        {
            case Reason.UnknownSandbox:
                return "the source is no sandbox";
            case Reason.MalformedRequest:
                return "the message is no question that is answered here";
            case Reason.QueryType:
                return WouldDeny(judge, verdict) + "the type is not answered";
            case Reason.Rebinding:
                return "every address of the name is one that the guard forbids";
        }

        if (query.Name is not { } name)
        {
            return "the labels are no host name";
        }

        return FixedNames.Of(name) != FixedName.None ? "the name is never answered" : denials.Describe(judge, name, verdict, out nearMiss);
    }

    private static string WouldDeny(in Judge judge, in Verdict verdict) =>
        verdict.WouldDeny ? $"[{judge.Mode.Identifier()}] would deny: " : string.Empty;
}
