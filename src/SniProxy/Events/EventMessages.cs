namespace SniProxy.Events;

internal static partial class EventMessages
{
    [LoggerMessage(2000, LogLevel.Error, "Events cannot be written to {Path}: {Problem}. They are held in memory and tried again; events of allowed flows give way first.")]
    public static partial void EventsNotWritten(this ILogger logger, string path, string problem);

    [LoggerMessage(2001, LogLevel.Information, "Events are written to {Path} again.")]
    public static partial void EventsWrittenAgain(this ILogger logger, string path);

    [LoggerMessage(2002, LogLevel.Warning, "{Path}: {Remark}")]
    public static partial void FileRemarked(this ILogger logger, string path, string remark);

    [LoggerMessage(2003, LogLevel.Error, "{Count} events could not be written before the stop.")]
    public static partial void EventsLost(this ILogger logger, int count);

    [LoggerMessage(2004, LogLevel.Error, "A reader of live events failed.")]
    public static partial void ReaderFailed(this ILogger logger, Exception exception);
}
