namespace SniProxy.Enforcement;

internal static partial class EnforcementLog
{
    [LoggerMessage(3800, LogLevel.Critical, "Enforcement is not proven: probe {Probe} failed: {Detail}. To mend it: {Fix}")]
    public static partial void ProbeFailed(this ILogger logger, string probe, string detail, string? fix);

    [LoggerMessage(3801, LogLevel.Information, "Probe {Probe} passes: {Detail}")]
    public static partial void ProbePassed(this ILogger logger, string probe, string detail);
}
