namespace SniProxy.Hosting.Configuration;

/// <summary>The configuration cannot be used; every error is in it. Ends the command with status 78.</summary>
internal sealed class InvalidConfigurationException(IReadOnlyList<string> errors) : Exception(string.Join(Environment.NewLine, errors))
{
    public IReadOnlyList<string> Errors { get; } = errors;
}
