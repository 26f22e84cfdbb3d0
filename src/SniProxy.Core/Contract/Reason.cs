namespace SniProxy.Core.Contract;

/// <summary>
/// Why a verdict is what it is. The identifiers (<see cref="ContractNames.Identifier(Reason)"/>) are stable: events, metrics, DNS extended errors,
/// HTTP 403 bodies and the command carry them.
/// </summary>
public enum Reason : byte
{
    None = 0,
    Rule,
    Grant,
    Default,
    PolicyMissing,
    GuardPrivate,
    GuardNever,
    GuardSelf,
    UnknownSandbox,
    Paused,
    NoServerName,
    MalformedClientHello,
    ClientHelloTimeout,
    ClientHelloTooLarge,
    MalformedRequest,
    ProtocolMismatch,
    NameMismatch,
    UnboundName,
    Ech,
    Quic,
    Udp,
    NameNotAllowed,
    QueryType,
    Rebinding,
    Tunnelling,
    RateLimited,
    ConnectionLimit,
    BudgetExceeded,
    PolicyChanged,
    Strict,
    UpstreamUnresolvable,
    UpstreamUnreachable,
    UpstreamTimeout,
    Draining,
    Overloaded,
}
