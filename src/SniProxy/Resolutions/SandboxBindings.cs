// Over 200 lines: three ways to find a binding and one lock over them are one thing.
using SniProxy.Core.Addresses;
using SniProxy.Core.Names;

namespace SniProxy.Resolutions;

/// <summary>
/// The bindings of one sandbox. When it is full, or a name has as many addresses as it may, what was learned longest ago goes first; what
/// a flow uses never goes.
/// </summary>
internal sealed class SandboxBindings(TimeProvider clock)
{
    public const int MaxAddressesPerName = 1000;

    /// <summary>About 20 MB for a sandbox that does its worst.</summary>
    public const int MaxBindings = 65_536;

    // Clients and their pools keep an address longer than they were told; past this a door dials by name instead.
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly Dictionary<(HostName Name, Address Address), NamedAddress> bindings = [];
    private readonly Dictionary<Address, NamedAddress> byAddress = [];
    private readonly Dictionary<HostName, LinkedList<NamedAddress>> byName = [];
    private readonly LinkedList<NamedAddress> all = new();
    private long sweptAt = clock.GetTimestamp();

    public void Learn(HostName name, ReadOnlySpan<Address> addresses, TimeSpan ttl)
    {
        var now = clock.GetTimestamp();
        var expiresAt = now + (long)((ttl + Grace).TotalSeconds * clock.TimestampFrequency);
        lock (gate)
        {
            if (clock.GetElapsedTime(sweptAt, now) >= SweepInterval)
            {
                sweptAt = now;
                Sweep(now);
            }

            foreach (var address in addresses)
            {
                Learn(name, address, expiresAt);
            }
        }
    }

    public bool IsBound(HostName name, Address address)
    {
        lock (gate)
        {
            return bindings.TryGetValue((name, address), out var binding) && IsAlive(binding, clock.GetTimestamp());
        }
    }

    public int NamesOf(Address address, Span<HostName> into)
    {
        var count = 0;
        lock (gate)
        {
            var now = clock.GetTimestamp();
            for (var binding = byAddress.GetValueOrDefault(address); binding is not null; binding = binding.Next)
            {
                if (!IsAlive(binding, now))
                {
                    continue;
                }

                if (count < into.Length)
                {
                    into[count] = binding.Name;
                }

                count++;
            }
        }

        return count;
    }

    public ResolutionHold? Hold(HostName? name, Address address)
    {
        lock (gate)
        {
            var now = clock.GetTimestamp();
            return name is null ? HoldAll(address, now)
                : bindings.TryGetValue((name, address), out var only) && IsAlive(only, now) ? new ResolutionHold(this, Held(only), [])
                : null;
        }
    }

    /// <summary>Asks about each name once, outside the lock: to judge takes longer than a door may wait.</summary>
    public void Drop(Func<HostName, bool> which, bool isHeldToo)
    {
        HostName[] names;
        lock (gate)
        {
            names = [.. byName.Keys];
        }

        var dropped = names.Where(which).ToList();
        lock (gate)
        {
            foreach (var binding in dropped.SelectMany(name => byName.GetValueOrDefault(name) ?? []).Where(one => isHeldToo || one.Flows == 0).ToList())
            {
                Remove(binding);
            }
        }
    }

    public void Release(NamedAddress first, IReadOnlyList<NamedAddress> others)
    {
        lock (gate)
        {
            first.Flows--;
            foreach (var binding in others)
            {
                // Also one that was dropped since: nobody finds it any more.
                binding.Flows--;
            }
        }
    }

    private ResolutionHold? HoldAll(Address address, long now)
    {
        NamedAddress? first = null;
        var others = new List<NamedAddress>();
        for (var binding = byAddress.GetValueOrDefault(address); binding is not null; binding = binding.Next)
        {
            if (!IsAlive(binding, now))
            {
                continue;
            }

            if (first is null)
            {
                first = Held(binding);
            }
            else
            {
                others.Add(Held(binding));
            }
        }

        return first is null ? null : new ResolutionHold(this, first, others);
    }

    private static NamedAddress Held(NamedAddress binding)
    {
        binding.Flows++;
        return binding;
    }

    private static bool IsAlive(NamedAddress binding, long now) => binding.Flows > 0 || now < binding.ExpiresAt;

    private void Learn(HostName name, Address address, long expiresAt)
    {
        if (bindings.TryGetValue((name, address), out var known))
        {
            known.ExpiresAt = Math.Max(known.ExpiresAt, expiresAt);
            if (expiresAt - known.PlacedFor < clock.TimestampFrequency)
            {
                // The order is that of seconds: what is asked for all the time is not moved each time.
                return;
            }

            known.PlacedFor = expiresAt;
            MoveToEnd(all, known.InSandbox);
            MoveToEnd(byName[name], known.InName);
            return;
        }

        if (byName.TryGetValue(name, out var ofName) && ofName.Count >= MaxAddressesPerName && !TryEvictOldest(ofName))
        {
            return;
        }

        if (all.Count >= MaxBindings && !TryEvictOldest(all))
        {
            return;
        }

        // Eviction may have taken the name's last binding and its list with it.
        if (!byName.TryGetValue(name, out ofName))
        {
            ofName = new LinkedList<NamedAddress>();
            byName.Add(name, ofName);
        }

        var binding = new NamedAddress(name, address) { ExpiresAt = expiresAt, PlacedFor = expiresAt, Next = byAddress.GetValueOrDefault(address) };
        if (binding.Next is not null)
        {
            binding.Next.Previous = binding;
        }

        byAddress[address] = binding;
        bindings.Add((name, address), binding);
        ofName.AddLast(binding.InName);
        all.AddLast(binding.InSandbox);
    }

    // Learned in about the order of expiry: TTLs differ by a minute at most. Whatever is passed over now goes by a later sweep.
    private void Sweep(long now)
    {
        for (var node = all.First; node is not null;)
        {
            var next = node.Next;
            if (!IsAlive(node.Value, now))
            {
                Remove(node.Value);
            }
            else if (node.Value.Flows == 0)
            {
                break;
            }

            node = next;
        }
    }

    private bool TryEvictOldest(LinkedList<NamedAddress> from)
    {
        for (var node = from.First; node is not null; node = node.Next)
        {
            if (node.Value.Flows == 0)
            {
                Remove(node.Value);
                return true;
            }
        }

        return false;
    }

    private void Remove(NamedAddress binding)
    {
        bindings.Remove((binding.Name, binding.Address));
        all.Remove(binding.InSandbox);
        var ofName = byName[binding.Name];
        ofName.Remove(binding.InName);
        if (ofName.Count == 0)
        {
            byName.Remove(binding.Name);
        }

        if (binding.Next is not null)
        {
            binding.Next.Previous = binding.Previous;
        }

        if (binding.Previous is not null)
        {
            binding.Previous.Next = binding.Next;
        }
        else if (binding.Next is not null)
        {
            byAddress[binding.Address] = binding.Next;
        }
        else
        {
            byAddress.Remove(binding.Address);
        }
    }

    private static void MoveToEnd(LinkedList<NamedAddress> list, LinkedListNode<NamedAddress> node)
    {
        list.Remove(node);
        list.AddLast(node);
    }
}
