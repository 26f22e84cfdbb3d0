namespace SniProxy.Cli;

/// <summary>What was asked for cannot be understood; ends the command with status 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
