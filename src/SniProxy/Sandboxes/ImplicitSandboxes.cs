using System.Collections.Concurrent;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;

namespace SniProxy.Sandboxes;

/// <summary>
/// Sandboxes that bindings made of sources nobody registered. Their number is the number of sources, which whoever is behind a source can
/// choose: it is bounded in all, and in each IPv6 network, so that one guest with a /64 to itself cannot take the room of all others.
/// </summary>
internal sealed class ImplicitSandboxes
{
    public const int Max = 65_536;
    public const int MaxInNetwork = 4_096;

    // RFC 4291 section 2.5.4: what one interface is given. The low half is the guest's own to choose.
    private const int NetworkBits = 64;

    private readonly ConcurrentDictionary<string, Sandbox> sandboxes = new(StringComparer.Ordinal);
    private readonly Dictionary<Cidr, int> inNetwork = [];
    private readonly Lock counting = new();
    private int count;

    public IEnumerable<Sandbox> All => sandboxes.Values;

    public Sandbox? Get(string id) => sandboxes.GetValueOrDefault(id);

    /// <summary>The sandbox of this id; the one given where there was none; null where there is no room for it.</summary>
    public Sandbox? GetOrAdd(Sandbox made)
    {
        lock (counting)
        {
            if (sandboxes.TryGetValue(made.Id, out var known))
            {
                return known;
            }

            var network = NetworkOf(made);
            if (count >= Max || (network is { } full && inNetwork.GetValueOrDefault(full) >= MaxInNetwork))
            {
                return null;
            }

            Count(network, 1);
            return sandboxes[made.Id] = made;
        }
    }

    public Sandbox? Remove(string id)
    {
        lock (counting)
        {
            if (!sandboxes.TryRemove(id, out var removed))
            {
                return null;
            }

            Count(NetworkOf(removed), -1);
            return removed;
        }
    }

    private static Cidr? NetworkOf(Sandbox sandbox) =>
        sandbox.Addresses is [{ IsIPv4: false } address] ? Cidr.Of(address, NetworkBits) : null;

    private void Count(Cidr? network, int by)
    {
        count += by;
        if (network is not { } block)
        {
            return;
        }

        var left = inNetwork.GetValueOrDefault(block) + by;
        if (left > 0)
        {
            inNetwork[block] = left;
        }
        else
        {
            inNetwork.Remove(block);
        }
    }
}
