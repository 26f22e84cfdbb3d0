namespace SniProxy.Cli;

/// <summary>A call of the API that came to nothing: what to say, and what to end with.</summary>
internal sealed class ApiFailureException(int exitStatus, string message) : Exception(message)
{
    public int ExitStatus => exitStatus;
}
