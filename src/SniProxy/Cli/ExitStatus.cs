namespace SniProxy.Cli;

/// <summary>The statuses the command ends with; scripts rely on them.</summary>
internal static class ExitStatus
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongUsage = 2;

    /// <summary>A test was denied, a lint found something, a job tried what it may not.</summary>
    public const int Findings = 3;

    /// <summary>No appliance answers (sysexits.h EX_UNAVAILABLE).</summary>
    public const int NotReachable = 69;

    /// <summary>A privilege or kernel feature is missing (sysexits.h EX_NOPERM).</summary>
    public const int MissingCapability = 77;

    /// <summary>The configuration is invalid (sysexits.h EX_CONFIG).</summary>
    public const int InvalidConfiguration = 78;

    /// <summary>What shells say where a command does not exist.</summary>
    public const int CommandNotFound = 127;
}
