using System.Collections.Frozen;
using SniProxy.Core.Addresses;

namespace SniProxy.Core.Policies;

/// <summary>
/// The floor under every rule: which addresses are never dialled, and which only by an explicit rule. Immutable; the very address that
/// is dialled is asked about, each time. An IPv6 address is judged together with the IPv4 addresses it carries.
/// </summary>
public sealed class Guard
{
    private readonly CidrTable<bool> exempt = new([]);
    private readonly CidrTable<bool> sandboxes = new([]);
    private readonly FrozenSet<Address> own = FrozenSet<Address>.Empty;
    private readonly FrozenSet<Endpoint> listeners = FrozenSet<Endpoint>.Empty;

    // Hardly a destination has the port of one.
    private readonly ushort[] listenersPorts = [];
    private readonly CidrTable<bool> pool = new([]);

    public Guard()
    {
    }

    private Guard(Guard floor, IReadOnlyList<Cidr> blocks)
    {
        (exempt, sandboxes, own) = (floor.exempt, floor.sandboxes, floor.own);
        (listeners, listenersPorts) = (floor.listeners, floor.listenersPorts);
        pool = Table(blocks);
        HasPool = true;
    }

    /// <summary>Blocks that the appliance's configuration takes out of the guard.</summary>
    public IEnumerable<Cidr> Exempt
    {
        init => exempt = Table(value);
    }

    /// <summary>The appliance's own addresses.</summary>
    public IEnumerable<Address> OwnAddresses
    {
        init => own = value.ToFrozenSet();
    }

    /// <summary>Where the appliance listens, wildcards spelled out. Not even an exemption opens these: they would lead a sandbox back into the appliance.</summary>
    public IEnumerable<Endpoint> OwnListeners
    {
        init
        {
            listeners = value.ToFrozenSet();
            listenersPorts = [.. listeners.Select(listener => listener.Port).Distinct()];
        }
    }

    /// <summary>The networks in which sandboxes live; one sandbox never reaches another through here.</summary>
    public IEnumerable<Cidr> SandboxNetworks
    {
        init => sandboxes = Table(value);
    }

    /// <summary>It is the guard of those whose names are answered with addresses of a pool, none of which is ever dialled.</summary>
    public bool HasPool { get; }

    /// <summary>The same floor for those whose names are answered with addresses of these blocks.</summary>
    public Guard Over(IReadOnlyList<Cidr> blocks) => new(this, blocks);

    /// <summary>The address is one of the pool: it stands for a name, or for nothing.</summary>
    public bool IsSynthetic(Address address) => HasPool && pool.TryFindLongest(address, out _);

    public GuardFinding Find(Address address, ushort port = 0)
    {
        var worst = FindPlain(address, port);
        if (address.IsIPv4 || worst == GuardFinding.Never)
        {
            return worst;
        }

        Span<Address> embedded = stackalloc Address[EmbeddedAddresses.MaxCount];
        foreach (var inner in embedded[..EmbeddedAddresses.Read(address, embedded)])
        {
            if (listeners.Contains(new Endpoint(inner, port)))
            {
                return GuardFinding.Self;
            }

            var finding = FindPlain(inner, port);
            worst = finding < worst && !exempt.TryFindLongest(address, out _) ? finding : worst;
        }

        return worst;
    }

    private GuardFinding FindPlain(Address address, ushort port)
    {
        if (listenersPorts.AsSpan().Contains(port) && listeners.Contains(new Endpoint(address, port)))
        {
            return GuardFinding.Self;
        }

        // Nobody lives there; an exemption was meant for somebody who does.
        if (IsSynthetic(address))
        {
            return GuardFinding.Never;
        }

        if (exempt.TryFindLongest(address, out _))
        {
            return GuardFinding.None;
        }

        if (own.Contains(address))
        {
            return GuardFinding.Self;
        }

        if (sandboxes.TryFindLongest(address, out _))
        {
            return GuardFinding.Never;
        }

        return SpecialAddresses.ClassifyPlain(address) switch
        {
            AddressClass.Ordinary => GuardFinding.None,
            AddressClass.Private => GuardFinding.Private,
            _ => GuardFinding.Never,
        };
    }

    private static CidrTable<bool> Table(IEnumerable<Cidr> blocks) => new(blocks.Select(block => KeyValuePair.Create(block, true)));
}
