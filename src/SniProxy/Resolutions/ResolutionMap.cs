using System.Collections.Concurrent;
using SniProxy.Core.Addresses;
using SniProxy.Core.Names;

namespace SniProxy.Resolutions;

/// <summary>
/// Which addresses our DNS gave a sandbox for which names, many to many. What is not in here is no proof of anything: a door falls back to
/// dialling by name. Everything is keyed by the sandbox's lifecycle, so that nobody inherits it.
/// </summary>
internal sealed class ResolutionMap(TimeProvider clock)
{
    // Room for the names of most addresses; one that stands for more of them gets more.
    private const int UsualNames = 16;

    private readonly ConcurrentDictionary<long, SandboxBindings> sandboxes = new();

    /// <summary>Binds the name to the addresses for the time to live and five minutes; call it before the answer leaves.</summary>
    public void Learn(long lifecycle, HostName name, ReadOnlySpan<Address> addresses, TimeSpan ttl)
    {
        if (!addresses.IsEmpty)
        {
            sandboxes.GetOrAdd(lifecycle, static (_, time) => new SandboxBindings(time), clock).Learn(name, addresses, ttl);
        }
    }

    /// <summary>True while our answer holds, or a flow that began under it lasts.</summary>
    public bool IsBound(long lifecycle, HostName name, Address address) =>
        sandboxes.TryGetValue(lifecycle, out var bindings) && bindings.IsBound(name, address);

    /// <summary>
    /// Writes the names that are bound to the address, as many as fit, and returns how many there are: a larger number than fits asks for
    /// more room. Allocates nothing.
    /// </summary>
    public int NamesOf(long lifecycle, Address address, Span<HostName> into) =>
        sandboxes.TryGetValue(lifecycle, out var bindings) ? bindings.NamesOf(address, into) : 0;

    /// <summary>All of them: a name that is left out could be the one that a rule denies.</summary>
    public HostName[] AllNamesOf(long lifecycle, Address address)
    {
        var found = new HostName[UsualNames];
        while (true)
        {
            var count = NamesOf(lifecycle, address, found);
            if (count <= found.Length)
            {
                return found[..count];
            }

            found = new HostName[count];
        }
    }

    /// <summary>
    /// Keeps the binding of name and address (without a name: all of the address) as it is until the handle is disposed of.
    /// Null when nothing is bound.
    /// </summary>
    public ResolutionHold? Hold(long lifecycle, HostName? name, Address address) =>
        sandboxes.TryGetValue(lifecycle, out var bindings) ? bindings.Hold(name, address) : null;

    /// <summary>The lifecycles of sandboxes that anything was learned for.</summary>
    public IEnumerable<long> Lifecycles => sandboxes.Keys;

    /// <summary>Drops the bindings of the names that the predicate says, also those that flows hold where <paramref name="isHeldToo"/>.</summary>
    public void Drop(long lifecycle, Func<HostName, bool> which, bool isHeldToo)
    {
        if (sandboxes.TryGetValue(lifecycle, out var bindings))
        {
            bindings.Drop(which, isHeldToo);
        }
    }

    /// <summary>Drops everything of a sandbox that has ended.</summary>
    public void Forget(long lifecycle) => sandboxes.TryRemove(lifecycle, out _);
}
