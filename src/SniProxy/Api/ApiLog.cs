namespace SniProxy.Api;

internal static partial class ApiLog
{
    [LoggerMessage(6000, LogLevel.Error, "{Method} {Path} failed.")]
    public static partial void RequestFailed(this ILogger logger, Exception exception, string method, string path);

    [LoggerMessage(6001, LogLevel.Error, "{Path} carries no role and is refused to everybody.")]
    public static partial void EndpointWithoutRole(this ILogger logger, string? path);

    [LoggerMessage(6002, LogLevel.Information, "{Actor}: {Method} {Path} answered {Status}.")]
    public static partial void Changed(this ILogger logger, string actor, string method, string path, int status);
}
