using SniProxy.Lab.Ground;
using SniProxy.Lab.Servers;

namespace SniProxy.Lab.Callers;

/// <summary>
/// A real HTTPS client: how to make it fetch https://HOST/PATH by a route so that its standard output is the body alone, and how it puts into
/// words that the server sent the alert access_denied.
/// </summary>
public sealed record Client(string Name, string AccessDenied, Func<Namespace, Route, string, string, Task<CommandResult>> Fetch)
{
    /// <summary>What it is made to fetch where the size matters.</summary>
    public Body Body { get; init; } = WebServer.Big;

    public Task<CommandResult> FetchAsync(Namespace sandbox, Route route, string host, string path = "/") => Fetch(sandbox, route, host, path);

    public override string ToString() => Name;
}
