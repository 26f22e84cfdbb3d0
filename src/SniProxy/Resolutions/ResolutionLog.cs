using System.Net;

namespace SniProxy.Resolutions;

internal static partial class ResolutionLog
{
    [LoggerMessage(3400, LogLevel.Information, "{Path} names {Count} name servers")]
    public static partial void ServersRead(ILogger logger, string path, int count);

    [LoggerMessage(3401, LogLevel.Warning, "{Path} cannot be read, its last name servers stay in use: {Problem}")]
    public static partial void FileUnreadable(ILogger logger, string path, string problem);

    [LoggerMessage(3402, LogLevel.Warning, "Name server {Server} does not answer and is asked last from now on")]
    public static partial void ServerDown(ILogger logger, UpstreamAddress server);

    [LoggerMessage(3403, LogLevel.Information, "Name server {Server} answers again")]
    public static partial void ServerUp(ILogger logger, UpstreamAddress server);

    [LoggerMessage(3404, LogLevel.Debug, "Name server {Server} sent {Count} messages that answer no question of ours")]
    public static partial void Mismatched(ILogger logger, IPEndPoint server, int count);

    [LoggerMessage(3405, LogLevel.Error, "A question to the name servers ended in an exception")]
    public static partial void AskFailed(ILogger logger, Exception exception);

    [LoggerMessage(3406, LogLevel.Error, "Which addresses stand for which names cannot be stored; new names are answered only as far as a restart could not mix them up: {Problem}")]
    public static partial void NamesNotStored(ILogger logger, string problem);

    [LoggerMessage(3408, LogLevel.Warning, "{Path} names no name server, so that allowed names are answered with SERVFAIL: write some there, or to SniProxy:Dns:Upstreams")]
    public static partial void NoServers(ILogger logger, string path);

    [LoggerMessage(3407, LogLevel.Warning, "Name server {Server} cannot be asked over TLS: {Problem}")]
    public static partial void TlsFailed(ILogger logger, UpstreamAddress server, string problem);
}
