using System.Runtime.CompilerServices;
using SniProxy.Core.Addresses;
using SniProxy.Core.Names;

namespace SniProxy.Core.Policies.Tables;

/// <summary>
/// Yields lists of positions, each in ascending order, that together hold every entry an <see cref="EntryQuery"/> is about. An entry may
/// come more than once. Allocates nothing.
/// </summary>
internal ref struct EntryLookup
{
    private readonly EntryTable table;
    private readonly ReadOnlySpan<HostName> names;
    private readonly Address address;
    private readonly bool isRelated;
    private readonly bool hasAddress;
    private readonly bool isAddressOpen;
    private readonly bool isNameOpen;
    private HostLookup hosts;
    private AddressLookup addresses;
    private ReadOnlySpan<int[]> groups;
    private ReadOnlySpan<int> current;
    private int nextName;
    private Stage stage;

    public EntryLookup(EntryTable table, in EntryQuery query)
    {
        this.table = table;
        stage = table.IsShort ? Stage.Short : Stage.Names;
        names = query.Names;
        address = query.Address;
        isRelated = query.IsRelated;
        hasAddress = query.HasAddress;
        isAddressOpen = query.IsAddressOpen;
        isNameOpen = query.IsNameOpen;
        hosts = Hosts(query.Name);
    }

    private enum Stage : byte
    {
        Done = 0,
        Short,
        Names,
        Addresses,
        AnyGroups,
        AddressGroups,
        NameGroups,
    }

    public readonly ReadOnlySpan<int> Current => current;

    /// <summary>The current list is an <see cref="EntryGroups">entry group</see>: where port and protocol fit one of it, they fit all.</summary>
    public readonly bool IsGroup => stage >= Stage.AnyGroups;

    /// <summary>The entries of the current list contain the address that is looked for.</summary>
    public readonly bool IsAddress => stage == Stage.Addresses;

    public bool MoveNext()
    {
        while (stage != Stage.Done)
        {
            switch (stage)
            {
                case Stage.Short:
                    current = table.Positions;
                    stage = Stage.Done;
                    return true;
                case Stage.Names when MoveToNextName():
                case Stage.Addresses when addresses.MoveNext(out current):
                case > Stage.Addresses when MoveToNextGroup():
                    return true;
                default:
                    stage = EnterNext();
                    break;
            }
        }

        return false;
    }

    // The next stage at which there is anything to find.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Stage EnterNext()
    {
        if (stage < Stage.Addresses && hasAddress && !table.Addresses.IsEmpty)
        {
            addresses = table.Addresses.Containing(address);
            return Stage.Addresses;
        }

        if (stage < Stage.AnyGroups && !table.AnyGroups.IsEmpty)
        {
            groups = table.AnyGroups.All;
            return Stage.AnyGroups;
        }

        if (stage < Stage.AddressGroups && isAddressOpen)
        {
            groups = table.AddressGroups.All;
            return Stage.AddressGroups;
        }

        if (stage < Stage.NameGroups && isNameOpen)
        {
            groups = table.NameGroups.All;
            return Stage.NameGroups;
        }

        return Stage.Done;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool MoveToNextName()
    {
        while (!hosts.MoveNext(out current))
        {
            if (nextName >= names.Length)
            {
                return false;
            }

            hosts = Hosts(names[nextName++]);
        }

        return true;
    }

    private bool MoveToNextGroup()
    {
        if (groups.IsEmpty)
        {
            return false;
        }

        current = groups[0];
        groups = groups[1..];
        return true;
    }

    private readonly HostLookup Hosts(HostName? name) => name is null ? HostLookup.Nothing : isRelated ? table.Hosts.Related(name) : table.Hosts.Matching(name);
}
