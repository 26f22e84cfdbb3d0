using System.Net;

namespace SniProxy.Dns;

internal static partial class DnsLog
{
    [LoggerMessage(5000, LogLevel.Information, "DNS listens on {Endpoint}, UDP and TCP")]
    public static partial void Listening(ILogger logger, IPEndPoint endpoint);

    [LoggerMessage(5001, LogLevel.Error, "A DNS question ended in an exception and was not answered")]
    public static partial void AnswerFailed(ILogger logger, Exception exception);

    [LoggerMessage(5002, LogLevel.Warning, "DNS cannot receive or accept for the moment: {Problem}")]
    public static partial void SocketTrouble(ILogger logger, string problem);

    [LoggerMessage(5003, LogLevel.Debug, "A DNS reply could not be sent, error {Error}")]
    public static partial void ReplyNotSent(ILogger logger, int error);

    [LoggerMessage(5004, LogLevel.Warning, "No IPv6 on this machine: DNS takes {Endpoint} for IPv4 alone")]
    public static partial void NoIPv6(ILogger logger, IPEndPoint endpoint);
}
