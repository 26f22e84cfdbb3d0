using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Proxy;

/// <summary>The event of a flow: everything that is told of it, and nothing that a client wrote but canonical names.</summary>
internal static class FlowEvents
{
    public static FlowEvent ToEvent(this FlowRecord record, Ending ending) => new()
    {
        Id = record.Flow.Id,
        Time = record.Flow.Time,
        Kind = EventKind.Flow,
        Sandbox = record.Flow.Sandbox.Id,
        Service = record.Flow.Sandbox.Service,
        Phase = record.Flow.Sandbox.Phase,
        Labels = record.Flow.Sandbox.Labels,
        Policy = record.Judge.Policy?.Name,
        Revision = record.Judge.Revision,
        Listener = record.Connection.Listener.Name,
        Transport = Transport.Tcp,
        Protocol = record.Message.Protocol,
        Client = record.Connection.Client,
        OriginalDestination = record.HasOriginalDestination ? record.Destination : null,
        Name = record.Name?.Value ?? (record.BoundNames.Length > 0 ? record.BoundNames[0].Value : null),
        Evidence = record.Evidence,
        Bound = record.IsBound || (record.Name is null && record.BoundNames.Length > 0),
        Dialled = record.Dialled,
        Rewritten = record.Dialled is { } dialled && record.HasOriginalDestination && dialled != record.Destination,
        Verdict = record.Verdict.Decision,
        WouldBe = record.Verdict.WouldDeny ? Decision.Deny : null,
        Reason = ending == Ending.Revoked && record.Flow.Revocation is { } revocation ? revocation.Reason : record.Verdict.Reason,
        Message = ending == Ending.Revoked ? record.Flow.Revocation?.Words ?? record.Words : record.Words,
        NearMiss = record.NearMiss,
        Rule = record.Verdict.RuleName,
        Grant = record.Verdict.GrantId,
        TlsVersion = TlsVersionName(record.Message.Hello?.HighestVersion),
        Alpn = record.Message.Hello?.Alpn,
        Ech = record.Message.HasEch,
        BytesUp = record.Flow.BytesUp,
        BytesDown = record.Flow.BytesDown,
        ConnectMs = record.ConnectTime?.TotalMilliseconds,
        DurationMs = record.Elapsed.TotalMilliseconds,
        Ending = ending,
    };

    /// <summary>The event of a connection that a listener turned away for want of room; id and time are the caller's to say.</summary>
    public static FlowEvent TurnedAway(ListenerOptions listener, Endpoint client, Sandbox sandbox, in Judge judge) => new()
    {
        Id = string.Empty,
        Time = default,
        Kind = EventKind.Flow,
        Sandbox = sandbox.Id,
        Service = sandbox.Service,
        Phase = sandbox.Phase,
        Labels = sandbox.Labels,
        Policy = judge.Policy?.Name,
        Revision = judge.Revision,
        Listener = listener.Name,
        Transport = Transport.Tcp,
        Protocol = Protocol.Unread,
        Client = client,
        Verdict = Decision.Deny,
        Reason = Reason.Overloaded,
        Message = "The appliance has as many connections open as it may.",
        Ending = Ending.Refused,
    };

    // The number on the wire and the version it stands for (RFC 8446 section 4.2.1, RFC 8996).
    private static string? TlsVersionName(ushort? version) => version switch
    {
        0x0300 => "SSL 3.0",
        0x0301 => "1.0",
        0x0302 => "1.1",
        0x0303 => "1.2",
        0x0304 => "1.3",
        _ => null,
    };
}
