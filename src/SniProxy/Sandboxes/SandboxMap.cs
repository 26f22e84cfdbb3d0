using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;

namespace SniProxy.Sandboxes;

/// <summary>The registered sandboxes at one moment: immutable, replaced as a whole on every change.</summary>
internal sealed class SandboxMap
{
    private readonly Dictionary<string, Sandbox> byId;
    private readonly Dictionary<Address, Sandbox> onAny = [];
    private readonly Dictionary<(Address Address, string Interface), Sandbox> onOne = [];

    public SandboxMap(IEnumerable<Sandbox> sandboxes)
    {
        byId = sandboxes.ToDictionary(sandbox => sandbox.Id, StringComparer.Ordinal);
        foreach (var sandbox in byId.Values)
        {
            foreach (var address in sandbox.Addresses)
            {
                _ = sandbox.Interface is { } only ? onOne.TryAdd((address, only), sandbox) : onAny.TryAdd(address, sandbox);
            }
        }
    }

    public IEnumerable<Sandbox> All => byId.Values;

    public Sandbox? Get(string id) => byId.GetValueOrDefault(id);

    /// <summary>The sandbox with this address on this ingress. One that names an interface is never found by another.</summary>
    public Sandbox? Find(Address source, string? ingress) =>
        (ingress is not null ? onOne.GetValueOrDefault((source, ingress)) : null) ?? onAny.GetValueOrDefault(source);

    /// <summary>Another sandbox that already has one of these addresses on the same ingress, or null.</summary>
    public Sandbox? Claimant(string id, IEnumerable<Address> addresses, string? ingress) =>
        addresses.Select(address => ingress is null ? onAny.GetValueOrDefault(address) : onOne.GetValueOrDefault((address, ingress)))
            .FirstOrDefault(other => other is not null && other.Id != id);

    public SandboxMap With(Sandbox sandbox) => new(byId.Values.Where(other => other.Id != sandbox.Id).Append(sandbox));

    public SandboxMap Without(string id) => new(byId.Values.Where(other => other.Id != id));
}
