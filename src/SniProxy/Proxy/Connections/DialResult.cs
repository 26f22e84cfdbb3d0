using SniProxy.Core.Contract;

namespace SniProxy.Proxy.Connections;

/// <summary>A connected upstream, or why there is none.</summary>
internal readonly record struct DialResult(IUpstream? Upstream, Endpoint Destination, TimeSpan Elapsed, Reason Failure)
{
    public static DialResult Failed(Reason reason) => new(null, default, default, reason);
}
