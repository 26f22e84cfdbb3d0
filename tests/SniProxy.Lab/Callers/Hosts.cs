using System.Net;
using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Callers;

/// <summary>
/// The sandbox's /etc/hosts while this lives: the one way to send every client to a chosen address without asking the resolver, as a
/// sandbox's owner would who wants to get round it.
/// </summary>
public sealed class Hosts : IDisposable
{
    private readonly Namespace _sandbox;

    public Hosts(Namespace sandbox, params (string Name, IPAddress Address)[] entries)
    {
        _sandbox = sandbox;
        Furniture.LayHosts(sandbox, string.Concat(entries.Select(e => $"{e.Address} {e.Name}\n")));
    }

    public void Dispose() => Furniture.LayHosts(_sandbox, "");
}
