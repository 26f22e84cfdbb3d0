using System.Net;

namespace SniProxy.Hosting;

internal static partial class HostingLog
{
    [LoggerMessage(7000, LogLevel.Information, "SniProxy {Version} is up: data in {DataFolder}, API at {Api}. Whether enforcement is proven, the probes say next.")]
    public static partial void Started(this ILogger logger, string version, string dataFolder, IPEndPoint api);
}
