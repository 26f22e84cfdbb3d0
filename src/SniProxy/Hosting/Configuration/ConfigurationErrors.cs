namespace SniProxy.Hosting.Configuration;

/// <summary>Everything that is wrong with a configuration, told at once.</summary>
internal sealed class ConfigurationErrors
{
    private readonly List<string> messages = [];

    public IReadOnlyList<string> Messages => messages;

    /// <param name="key">The full key, such as <c>SniProxy:Proxy:ConnectTimeout</c>.</param>
    /// <param name="problem">What is wrong.</param>
    /// <param name="fix">What to write instead.</param>
    public void Add(string key, string problem, string fix) => messages.Add($"{key}: {problem}. {fix}");

    /// <summary>Adds an error that is told in full.</summary>
    public void Add(string message) => messages.Add(message);
}
