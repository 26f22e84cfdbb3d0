using SniProxy.Core.Contract;

namespace SniProxy.Core.Http;

/// <summary>What a client is told about a request that does not go through; the same id and reason stand in the event.</summary>
/// <param name="Id">The decision's id.</param>
/// <param name="Reason">Why.</param>
/// <param name="Message">The reason in words.</param>
/// <param name="Rule">The rule that decided, if one did.</param>
/// <param name="NearMiss">What nearly allowed it, if anything did.</param>
public sealed record Refusal(string Id, Reason Reason, string Message, string? Rule = null, string? NearMiss = null)
{
    /// <summary>Which answer fits: 403 but where the upstream, or a limit, is to blame.</summary>
    public ProxyError Error => Reason switch
    {
        Reason.UpstreamUnresolvable => ProxyError.DnsError,
        Reason.UpstreamUnreachable => ProxyError.ConnectionRefused,
        Reason.UpstreamTimeout => ProxyError.ConnectionTimeout,
        Reason.RateLimited or Reason.ConnectionLimit or Reason.Draining or Reason.Overloaded => ProxyError.ConnectionLimitReached,
        _ => ProxyError.RequestDenied,
    };
}
