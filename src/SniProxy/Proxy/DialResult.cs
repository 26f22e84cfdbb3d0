using System.Net.Sockets;
using SniProxy.Core.Contract;

namespace SniProxy.Proxy;

/// <summary>A connected socket, or why there is none.</summary>
internal readonly record struct DialResult(Socket? Socket, Endpoint Destination, TimeSpan Elapsed, Reason Failure)
{
    public static DialResult Failed(Reason reason) => new(null, default, default, reason);
}
