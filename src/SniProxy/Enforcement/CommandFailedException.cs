namespace SniProxy.Enforcement;

/// <summary>An external command ended with an error, or not in time; the message holds the command and its own words.</summary>
internal sealed class CommandFailedException(string message) : Exception(message);
