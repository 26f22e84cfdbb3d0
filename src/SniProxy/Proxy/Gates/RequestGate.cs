using System.Buffers;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Http;
using SniProxy.Core.Policies;
using SniProxy.Proxy.Connections;
using SniProxy.Proxy.Live;

namespace SniProxy.Proxy.Gates;

/// <summary>
/// Reads every request of an HTTP/1 connection before it is forwarded. The connection was dialled for one name, so every request must
/// ask for that one; another needs a connection of its own.
/// </summary>
/// <param name="record">The flow.</param>
/// <param name="reporter">Told of each request that is refused.</param>
/// <param name="admission">Told of one that is only watched: the mode may have changed meanwhile, and may change later.</param>
/// <param name="dialled">The address the flow is connected to.</param>
internal sealed class RequestGate(FlowRecord record, FlowReporter reporter, FlowAdmission admission, Address dialled) : IRelayGate
{
    // RFC 9110 section 10.1.1: a client does not wait for 100 for ever, so neither do we for it.
    private static readonly TimeSpan ContinueTimeout = TimeSpan.FromSeconds(1);

    private readonly RequestStream requests = new();
    private readonly Lock turn = new();
    private readonly Authority authority = record.Message.Request?.Authority ?? default;
    private readonly bool isProxyRequest = record.IsProxyRequest;
    private IGatedRelay? relay;
    private Timer? continueTimer;
    private bool isFirst = true;

    public bool IsOpen { get; private set; }

    public void AttachTo(IGatedRelay relay) => this.relay = relay;

    public GateAnswer OnClientBytes(in ReadOnlySequence<byte> unforwarded)
    {
        lock (turn)
        {
            switch (requests.Advance(unforwarded, out var count))
            {
                case RequestStep.Judge:
                    return Judge(unforwarded.Slice(0, count));
                case RequestStep.Forward:
                    IsOpen = requests.IsOpaque;
                    return GateAnswer.Forward(count);
                case RequestStep.NeedMore:
                    return GateAnswer.Wait;
                case RequestStep.Hold:
                    StartContinueTimer();
                    return GateAnswer.Wait;
                case RequestStep.Finish:
                    return GateAnswer.Finish;
                default:
                    return Refuse(Reason.MalformedRequest, requests.Fault.Describe());
            }
        }
    }

    public bool OnServerBytes(ReadOnlySpan<byte> bytes)
    {
        lock (turn)
        {
            return requests.Observe(bytes);
        }
    }

    public void Dispose() => continueTimer?.Dispose();

    private GateAnswer Judge(in ReadOnlySequence<byte> head)
    {
        // The first request is the one the flow was judged by.
        if (!isFirst && !AsksForTheSame(requests.Head))
        {
            var connectedTo = record.Name?.Value ?? record.Destination.ToString();
            return Refuse(
                Reason.NameMismatch,
                $"A request for {requests.Head.Authority} came on a connection to {connectedTo}; it needs a connection of its own.");
        }

        isFirst = false;
        requests.Accept();
        return isProxyRequest
            ? GateAnswer.Replace(head.Length, InOriginForm(head))
            : GateAnswer.Forward(head.Length);
    }

    private ReadOnlyMemory<byte> InOriginForm(in ReadOnlySequence<byte> head)
    {
        var output = new ArrayBufferWriter<byte>((int)head.Length);
        OriginForm.Write(output, head.ToArray(), requests.Head);
        return output.WrittenMemory;
    }

    private bool AsksForTheSame(RequestHead head) =>
        head.Authority.Agrees(authority, record.Destination.Port) && (head.Form == TargetForm.Absolute) == isProxyRequest;

    private GateAnswer Refuse(Reason reason, string words)
    {
        if (record.IsWatched && !admission.TryGoOn(record, reason, dialled))
        {
            return GateAnswer.Refuse(default, record.Flow.Ending);
        }

        var denied = reporter.ReportRequest(record, Verdict.Deny(reason), words, requests.Head.Authority.Name);
        if (denied.Verdict != Decision.Deny)
        {
            // A mode that only watches has told it; the bytes go on as they are.
            IsOpen = true;
            return GateAnswer.Forward(0);
        }

        // In the middle of another answer there is no place for this one.
        return GateAnswer.Refuse(requests.IsAnswered ? RefusalAnswer.ToRequest(denied, requests.Head) : default);
    }

    private void StartContinueTimer()
    {
        if (requests.AwaitsContinue)
        {
            continueTimer ??= new Timer(static gate => ((RequestGate)gate!).StopWaiting(), this, ContinueTimeout, Timeout.InfiniteTimeSpan);
        }
    }

    private void StopWaiting()
    {
        lock (turn)
        {
            requests.StopWaiting();
        }

        relay?.Wake();
    }
}
