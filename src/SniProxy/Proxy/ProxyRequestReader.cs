using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Http;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;
using SniProxy.Proxy.Connections;

namespace SniProxy.Proxy;

/// <summary>
/// Reads what a client of an explicit listener asks for. A CONNECT is answered before the bytes inside it are seen, because the client
/// sends none earlier; what no byte could change is refused at once. Nothing is dialled until the bytes inside were judged.
/// </summary>
internal sealed class ProxyRequestReader(FirstMessageReader messages)
{
    private const ushort DefaultHttpPort = 80;

    // What the bytes inside a tunnel could turn out to be, as far as rules tell protocols apart.
    private static readonly Protocol[] Possible =
        [Protocol.Tls, Protocol.Http, Protocol.Unread, Protocol.Ssh, Protocol.Postgres, Protocol.MySql, Protocol.Redis, Protocol.Other];

    // Stands for whatever name may show inside a tunnel to an address; nobody can own it (RFC 6761 section 6.4).
    private static readonly HostName? AnyName = HostName.TryParse("name.invalid", out var name) == HostNameSyntax.Valid ? name : null;

    private static readonly ReadOnlyMemory<byte> Established = ProxyAnswers.ConnectionEstablished.ToArray();

    /// <summary>
    /// Answers <see cref="PeekStatus.Open"/> when the destination is known, or the request is refused, which the record then says; anything
    /// else when there is nobody left to answer.
    /// </summary>
    public async ValueTask<PeekStatus> ReadAsync(FlowRecord record)
    {
        var status = await messages.ReadAsync(record.Connection, record.Flow, record.Message);
        if (status == PeekStatus.Interrupted && !record.Flow.IsClosed)
        {
            record.Refuse(Reason.ClientHelloTimeout, "No proxy request came in time.");
            return PeekStatus.Open;
        }

        if (status != PeekStatus.Open)
        {
            return status;
        }

        if (record.Message.Request is not { } request || request.Authority.Kind is not (AuthorityKind.Name or AuthorityKind.Address))
        {
            record.Refuse(Reason.MalformedRequest, "This listener takes HTTP proxy requests only: CONNECT, or an absolute-form request.");
            return PeekStatus.Open;
        }

        if (request.IsConnect)
        {
            return await TunnelAsync(record, request);
        }

        if (request.Form != TargetForm.Absolute)
        {
            record.Refuse(Reason.MalformedRequest, "A request to a proxy names its destination: send the absolute form, http://host/path.");
            return PeekStatus.Open;
        }

        record.AskByRequest(request.Authority.Literal, request.Authority.Port ?? DefaultHttpPort);
        return PeekStatus.Open;
    }

    private static async ValueTask<PeekStatus> TunnelAsync(FlowRecord record, RequestHead request)
    {
        if (request.Authority.Port is not { } port)
        {
            record.Refuse(Reason.MalformedRequest, "CONNECT needs a port: send CONNECT host:443.");
            return PeekStatus.Open;
        }

        var length = request.Length;
        record.AskByConnect(request.Authority.Name, request.Authority.Literal, port);
        var promised = port switch { 443 => Protocol.Tls, 80 => Protocol.Http, _ => Protocol.Unread };
        if (IsHopeless(record, promised, out var outcome))
        {
            record.DecideAhead(outcome, promised);
            return PeekStatus.Open;
        }

        record.Connection.Consume(length);
        record.IsAwaitingProxyAnswer = false;
        return await record.Connection.SendAsync(Established) ? PeekStatus.Open : PeekStatus.Aborted;
    }

    // True where no bytes inside could change that the destination is refused; the outcome is that of what its port promises.
    private static bool IsHopeless(FlowRecord record, Protocol promised, out FlowOutcome outcome)
    {
        outcome = record.Judge.Begin(record.FactsFor(promised, AnyName));
        return outcome.Step == FlowStep.Refuse
            && Array.TrueForAll(Possible, protocol => record.Judge.Begin(record.FactsFor(protocol, AnyName)).Step == FlowStep.Refuse);
    }
}
