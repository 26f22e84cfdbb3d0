using System.Net;

namespace SniProxy.Proxy;

/// <summary>One door for connections.</summary>
internal sealed record ListenerOptions(string Name, ListenerKind Kind, IPEndPoint Endpoint);
