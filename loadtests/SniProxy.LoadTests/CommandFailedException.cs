namespace SniProxy.LoadTests;

/// <summary>A program of the bench failed: what it said.</summary>
internal sealed class CommandFailedException(string message) : Exception(message);
