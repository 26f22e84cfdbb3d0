using System.Net;

namespace SniProxy.Hosting;

internal static partial class HostingLog
{
    [LoggerMessage(7000, LogLevel.Information, "SniProxy {Version} is up: data in {DataFolder}, API at {Api}. Whether enforcement is proven, the probes say next.")]
    public static partial void Started(this ILogger logger, string version, string dataFolder, IPEndPoint api);

    [LoggerMessage(7001, LogLevel.Error, "This machine's addresses cannot be read while its interfaces change; the guard uses those known last, and they are read again until it succeeds.")]
    public static partial void AddressesNotRead(this ILogger logger, Exception error);

    [LoggerMessage(7002, LogLevel.Information, "This machine's addresses were read again; the guard is up to date.")]
    public static partial void AddressesReadAgain(this ILogger logger);

    [LoggerMessage(7003, LogLevel.Error, "The grants of the sandbox {Sandbox}, which was removed or replaced, have ended but could not be deleted from the store. After a restart they are listed until their time is over, and are for nobody.")]
    public static partial void GrantsNotForgotten(this ILogger logger, string sandbox, Exception failure);
}
