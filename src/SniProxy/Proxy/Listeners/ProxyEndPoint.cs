using System.Net;

namespace SniProxy.Proxy.Listeners;

/// <summary>An endpoint that belongs to <see cref="ProxyListenerFactory"/>; every other endpoint of the server is Kestrel's own.</summary>
internal sealed class ProxyEndPoint(ListenerOptions listener) : IPEndPoint(listener.Endpoint.Address, listener.Endpoint.Port)
{
    public ListenerOptions Listener { get; } = listener;
}
