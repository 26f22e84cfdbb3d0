using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;

namespace SniProxy.Sandboxes;

/// <summary>The registered sandboxes at one moment: immutable, replaced as a whole on every change.</summary>
internal sealed class SandboxMap
{
    private readonly Dictionary<string, Sandbox> byId;
    private readonly Dictionary<(Address Address, string? Interface), Sandbox> bySource = [];

    public SandboxMap(IEnumerable<Sandbox> sandboxes)
    {
        byId = sandboxes.ToDictionary(sandbox => sandbox.Id, StringComparer.Ordinal);
        foreach (var sandbox in byId.Values)
        {
            foreach (var address in sandbox.Addresses)
            {
                bySource.TryAdd((address, sandbox.Interface), sandbox);
            }
        }
    }

    public IEnumerable<Sandbox> All => byId.Values;

    public Sandbox? Get(string id) => byId.GetValueOrDefault(id);

    /// <summary>The sandbox with this address on this ingress. One that names an interface is never found by another.</summary>
    public Sandbox? Find(Address source, string? ingress) =>
        (ingress is not null ? bySource.GetValueOrDefault((source, ingress)) : null) ?? bySource.GetValueOrDefault((source, null));

    /// <summary>Another sandbox that already has one of these addresses on the same ingress, or null.</summary>
    public Sandbox? Claimant(string id, IEnumerable<Address> addresses, string? ingress) =>
        addresses.Select(address => bySource.GetValueOrDefault((address, ingress)))
            .FirstOrDefault(other => other is not null && other.Id != id);

    public SandboxMap With(Sandbox sandbox) => new(byId.Values.Where(other => other.Id != sandbox.Id).Append(sandbox));

    public SandboxMap Without(string id) => new(byId.Values.Where(other => other.Id != id));
}
