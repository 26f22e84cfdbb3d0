using System.Buffers;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Proxy.Connections;
using SniProxy.Proxy.Live;

namespace SniProxy.Proxy.Gates;

/// <summary>
/// Where the server speaks first the flow was let through before the client said anything. Its first bytes are read here, and the flow is
/// judged again by them: a port is no proof of a protocol. What they turn out to be may need a gate of its own from then on.
/// </summary>
/// <param name="record">The flow.</param>
/// <param name="reporter">Told when the first bytes are refused.</param>
/// <param name="names">What is bound to what.</param>
/// <param name="admission">Told what the flow turned out to be: it may have changed meanwhile what is allowed.</param>
/// <param name="dialled">The address the flow is connected to.</param>
/// <param name="follow">The gate for what the client's first message shows; called once, when it was read and allowed.</param>
internal sealed class ServerFirstGate(
    FlowRecord record, FlowReporter reporter, DestinationNames names, FlowAdmission admission, Address dialled, Func<IRelayGate?> follow) : IRelayGate
{
    private volatile IRelayGate? next;
    private volatile bool isOpen;
    private volatile bool hasServerSpoken;
    private IGatedRelay? relay;

    public bool IsOpen => isOpen || next is { IsOpen: true };

    public void AttachTo(IGatedRelay relay) => this.relay = relay;

    public GateAnswer OnClientBytes(in ReadOnlySequence<byte> unforwarded)
    {
        if (next is { } following)
        {
            return following.OnClientBytes(unforwarded);
        }

        if (!record.Message.Read(unforwarded))
        {
            return GateAnswer.Wait;
        }

        // A command or a broken request? Once the server has greeted it is known to be no HTTP server.
        if (record.Message.Unreadable == Reason.MalformedRequest && !hasServerSpoken)
        {
            return GateAnswer.Wait;
        }

        record.Message.ReadAsAnswer(unforwarded);
        if (!IsAllowed())
        {
            return GateAnswer.Refuse(default, record.Flow.IsClosed ? record.Flow.Ending : Ending.RequestRefused);
        }

        if (follow() is not { } found)
        {
            isOpen = true;
            return GateAnswer.Forward(unforwarded.Length);
        }

        if (relay is { } asking)
        {
            found.AttachTo(asking);
        }

        next = found;
        return found.OnClientBytes(unforwarded);
    }

    public bool OnServerBytes(ReadOnlySpan<byte> bytes)
    {
        var isGreeting = !hasServerSpoken;
        hasServerSpoken = true;
        return (next?.OnServerBytes(bytes) ?? false) || isGreeting;
    }

    public void Dispose() => next?.Dispose();

    // The address is dialled already: what the bytes ask for must be allowed there, and nowhere else.
    private bool IsAllowed()
    {
        record.CheckAgreement();
        if (record.Name is { } name)
        {
            record.Bind(names.IsBound(record, name, dialled), []);
        }

        if (record.SyntheticName is not null)
        {
            return IsAllowedBySyntheticName();
        }

        var outcome = record.Judge.Begin(record.FactsAt(dialled));
        if (outcome.Step == FlowStep.Dial && !outcome.Verdict.WouldDeny)
        {
            return admission.TryRelay(record.Flow, record.KeepAt(dialled), record.Judge.Revision);
        }

        // Where that is only watched, it is what the flow is judged by once it is watched no more.
        if (record.IsWatched && !admission.TryRelay(record.Flow, record.KeepAt(dialled), record.Judge.Revision))
        {
            return false;
        }

        return Tell(outcome.Step == FlowStep.Resolve ? Verdict.Deny(Reason.UnboundName) : outcome.Verdict);
    }

    // The name is the one that was resolved, and what it led to is judged by what the client wants there.
    private bool IsAllowedBySyntheticName()
    {
        var kept = record.Keep(dialled);
        var verdict = kept.JudgeBy(record.Judge);
        if (!verdict.IsDenied && !admission.TryRelay(record.Flow, kept, record.Judge.Revision))
        {
            return false;
        }

        return !(verdict.IsDenied || verdict.WouldDeny) || Tell(verdict);
    }

    // True where the mode only watches.
    private bool Tell(in Verdict verdict)
    {
        var words = record.Judge.Describe(record.FactsAt(dialled), verdict, out _);
        return reporter.ReportRequest(record, verdict, words, record.Name).Verdict != Decision.Deny;
    }
}
