using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace SniProxy.Api;

/// <summary>Opens the two doors on Kestrel.</summary>
internal static class ApiListening
{
    public static void ListenForApi(this KestrelServerOptions kestrel, ApiOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = ApiOptions.MaxBodyBytes;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Listen(options.Endpoint, listen =>
        {
            // Without TLS only HTTP/1.1: prior-knowledge HTTP/2 would be one more parser in front of the token.
            listen.Protocols = options.Certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
            Mark(listen, ApiDoor.Api);
            if (options.Certificate is { } certificate)
            {
                listen.UseHttps(certificate);
            }
        });
        if (options.Metrics is { } metrics)
        {
            kestrel.Listen(metrics, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                Mark(listen, ApiDoor.Metrics);
            });
        }
    }

    // The door is a fact of the connection, not of anything that its client writes into a request.
    private static void Mark(ListenOptions listen, ApiDoor door) => listen.Use(next => connection =>
    {
        connection.Features.Set(new ApiDoorFeature(door));
        return next(connection);
    });
}
