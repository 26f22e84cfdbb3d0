using System.Net;

namespace SniProxy.Proxy;

/// <summary>One door for connections.</summary>
internal sealed record ListenerOptions(string Name, ListenerKind Kind, IPEndPoint Endpoint)
{
    /// <summary>
    /// The kernel tells of a connection only once its first bytes are there, or a second later (tcp(7), TCP_DEFER_ACCEPT): cheaper where clients speak
    /// first, and a second's wait where servers do.
    /// </summary>
    public bool DefersAccept { get; init; }
}
