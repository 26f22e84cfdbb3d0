namespace SniProxy.Enforcement;

internal static partial class EnforcementLog
{
    [LoggerMessage(3800, LogLevel.Critical, "Enforcement is not proven: probe {Probe} failed: {Detail}. To mend it: {Fix}")]
    public static partial void ProbeFailed(this ILogger logger, string probe, string detail, string? fix);

    [LoggerMessage(3801, LogLevel.Information, "Probe {Probe} passes: {Detail}")]
    public static partial void ProbePassed(this ILogger logger, string probe, string detail);

    [LoggerMessage(3802, LogLevel.Warning, "The kernel dropped {Count} DNS questions of sources that ask beyond ten times Dns:QueriesPerSecondPerSandbox. Whose they are say the events with reason rate_limited")]
    public static partial void QuestionsDropped(this ILogger logger, long count);
}
