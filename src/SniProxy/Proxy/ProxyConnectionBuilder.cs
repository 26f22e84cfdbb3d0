using Microsoft.AspNetCore.Connections;

namespace SniProxy.Proxy;

internal static class ProxyConnectionBuilder
{
    /// <summary>
    /// Ends the pipeline of an endpoint with the proxy: its connections are judged and relayed, and never reach an HTTP server of ours.
    /// </summary>
    public static IConnectionBuilder UseSniProxy(this IConnectionBuilder builder) =>
        builder.Run(builder.ApplicationServices.GetRequiredService<ProxyMiddleware>().OnConnectionAsync);
}
