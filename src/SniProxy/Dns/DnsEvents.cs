using System.Text;
using SniProxy.Core.Contract;
using SniProxy.Core.Dns;
using SniProxy.Core.Policies;
using SniProxy.Resolutions.Tunnelling;

namespace SniProxy.Dns;

/// <summary>Writes the one event of a question.</summary>
internal sealed class DnsEvents(DnsWiring wiring, TunnelWatch tunnels, TimeProvider clock)
{
    // An event is a line; a name with a thousand addresses does not make it a page.
    private const int MaxAddresses = 16;

    public void Record(
        string id, in DnsRequest request, in DnsQuery query, Sandbox sandbox, Judge judge, in DnsOutcome outcome, long started)
    {
        var verdict = outcome.Verdict;
        var elapsed = clock.GetElapsedTime(started);
        string? nearMiss = null;
        var message = verdict.Reason == Reason.Tunnelling && query.Name is { } name ? tunnels.Describe(sandbox.Lifecycle, name)
            : !verdict.IsDenied && !verdict.WouldDeny ? null
            : verdict.IsDenied && outcome.Reply.Rcode == DnsRcode.ServFail ? DescribeFailure(verdict)
            : Describe(query, judge, verdict, out nearMiss);
        var told = new FlowEvent
        {
            Id = id,
            Time = clock.GetUtcNow(),
            Kind = EventKind.Dns,
            Sandbox = sandbox.Id,
            Service = sandbox.Service,
            Phase = sandbox.Phase,
            Labels = sandbox.Labels,
            Policy = judge.Policy?.Name,
            Revision = judge.Revision,
            Listener = "dns",
            Transport = request.Transport,
            Protocol = Protocol.Dns,
            Client = Endpoint.From(request.Client),
            Name = query.Name?.Value,
            Verdict = verdict.Decision,
            WouldBe = verdict.WouldDeny ? Decision.Deny : null,
            Reason = verdict.Reason,
            Message = message,
            NearMiss = nearMiss,
            Rule = verdict.RuleName,
            Grant = verdict.GrantId,
            DurationMs = elapsed.TotalMilliseconds,
            Ending = verdict.IsDenied ? Ending.Refused : Ending.Closed,
            Qname = query.Name?.Value,
            Qtype = query.QuestionLength > 0 ? query.Type.Mnemonic() : null,
            Answer = Answer(outcome.Reply),
        };
        if (verdict.Reason == Reason.RateLimited)
        {
            wiring.RecordRefusal(sandbox.Lifecycle, told);
            return;
        }

        wiring.Record(told);
    }

    // What this door decided by itself it says by itself; the judge tells about its own verdicts.
    private static string Describe(in DnsQuery query, Judge judge, in Verdict verdict, out string? nearMiss)
    {
        nearMiss = null;
        switch (verdict.Reason)
        {
            case Reason.UnknownSandbox:
                return "the source is no sandbox";
            case Reason.MalformedRequest:
                return "the message is no question that is answered here";
            case Reason.RateLimited:
                return "more questions than the sandbox may ask";
            case Reason.QueryType:
                return verdict.WouldDeny ? "would deny: the type is not answered" : "the type is not answered";
            case Reason.Rebinding:
                return "every address of the name is one that the guard forbids";
        }

        if (query.Name is not { } name)
        {
            return "the labels are no host name";
        }

        if (FixedNames.Of(name) != FixedName.None)
        {
            return "the name is never answered";
        }

        return judge.Describe(name, verdict, out nearMiss);
    }

    // A synthetic answer that could not be given; what fails upstream is no denial.
    private static string DescribeFailure(in Verdict verdict) => verdict.Reason == Reason.Overloaded
        ? "the store cannot keep which address the name would have"
        : "the sandbox has as many names with synthetic addresses as it may, or as there are addresses";

    private static string Answer(in DnsReply reply)
    {
        var text = new StringBuilder(reply.Rcode switch
        {
            DnsRcode.NoError => "NOERROR",
            DnsRcode.FormErr => "FORMERR",
            DnsRcode.ServFail => "SERVFAIL",
            DnsRcode.NxDomain => "NXDOMAIN",
            DnsRcode.NotImp => "NOTIMP",
            DnsRcode.Refused => "REFUSED",
            _ => "BADVERS",
        });
        var count = 0;
        foreach (var record in reply.Answers ?? [])
        {
            if (record.TryGetAddress(out var address) && count++ < MaxAddresses)
            {
                text.Append(' ').Append(address);
            }
        }

        return count > MaxAddresses ? text.Append($" (and {count - MaxAddresses} more)").ToString() : text.ToString();
    }
}
