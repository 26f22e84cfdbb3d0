using System.Buffers;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Core.Tls;
using SniProxy.Proxy.Connections;
using SniProxy.Proxy.Live;

namespace SniProxy.Proxy.Gates;

/// <summary>
/// Watches a TLS connection until its name can no longer change: where the server asks for a second ClientHello, it must name the same
/// server as the first (RFC 8446 section 4.1.2). Bytes that must wait stay with the relay.
/// </summary>
internal sealed class HelloRetryGate : IRelayGate
{
    private readonly FlowRecord record;
    private readonly FlowReporter reporter;
    private readonly FlowAdmission admission;
    private readonly Address dialled;
    private readonly HelloRetryGuard guard;
    private int helloLeft;

    // How many bytes at the front of the unforwarded ones the guard has seen and wants to wait.
    private long held;

    /// <param name="record">The flow.</param>
    /// <param name="hello">The first one.</param>
    /// <param name="reporter">Told of a second one that is refused.</param>
    /// <param name="admission">Told of one that is only watched.</param>
    /// <param name="dialled">The address the flow is connected to.</param>
    /// <param name="options">How large a hello may be.</param>
    public HelloRetryGate(FlowRecord record, in ClientHello hello, FlowReporter reporter, FlowAdmission admission, Address dialled, ProxyOptions options)
    {
        this.admission = admission;
        this.dialled = dialled;
        this.record = record;
        this.reporter = reporter;
        guard = new HelloRetryGuard(hello, options.ClientHelloMaxBytes);
        helloLeft = hello.WireLength;
    }

    public bool IsOpen { get; private set; }

    public GateAnswer OnClientBytes(in ReadOnlySequence<byte> unforwarded)
    {
        lock (guard)
        {
            // The first hello is what the flow was let through for.
            if (helloLeft > 0)
            {
                var first = (int)Math.Min(helloLeft, unforwarded.Length);
                helloLeft -= first;
                return GateAnswer.Forward(first);
            }

            var passed = Show(unforwarded.Slice(held));
            return guard.State switch
            {
                HelloRetryState.Refused => Refuse(unforwarded.Length),
                HelloRetryState.Released => Open(unforwarded.Length),
                _ when passed > 0 => GateAnswer.Forward(passed),
                _ => GateAnswer.Wait,
            };
        }
    }

    public bool OnServerBytes(ReadOnlySpan<byte> bytes)
    {
        lock (guard)
        {
            var before = guard.State;
            var after = guard.OnServerBytes(bytes);
            IsOpen = after == HelloRetryState.Released && held == 0 && helloLeft == 0;
            return before != after;
        }
    }

    public void Dispose() => guard.Dispose();

    // Gives the guard what it has not seen; answers how much of it may pass.
    private long Show(in ReadOnlySequence<byte> unseen)
    {
        var passed = 0L;
        foreach (var segment in unseen)
        {
            var forwardable = guard.OnClientBytes(segment.Span);
            passed += held == 0 ? forwardable : 0;
            held += segment.Length - forwardable;
        }

        return passed;
    }

    private GateAnswer Open(long length)
    {
        held = 0;
        IsOpen = true;
        return GateAnswer.Forward(length);
    }

    private GateAnswer Refuse(long length)
    {
        const string Words = "The second ClientHello, after a HelloRetryRequest, does not ask for what the first one did.";
        if (record.IsWatched && !admission.TryGoOn(record, Reason.NameMismatch, dialled))
        {
            return GateAnswer.Refuse(default, record.Flow.Ending);
        }

        var denied = reporter.ReportRequest(record, Verdict.Deny(Reason.NameMismatch), Words, null);
        return denied.Verdict == Decision.Deny ? GateAnswer.Refuse(RefusalAnswer.AccessDenied, Ending.HelloRetryMismatch) : Open(length);
    }
}
