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
    private readonly bool isRelated;
    private ReadOnlySpan<int[]> nextGroups;
    private ReadOnlySpan<int[]> lastGroups;
    private ReadOnlySpan<int[]> groups;
    private HostLookup hosts;
    private AddressLookup addresses;
    private int nextName;
    private Stage stage;

    public EntryLookup(EntryTable table, in EntryQuery query)
    {
        this.table = table;
        names = query.Names;
        isRelated = query.IsRelated;
        if (table.IsShort)
        {
            stage = Stage.Short;
            return;
        }

        stage = Stage.Names;
        hosts = Hosts(query.Name);
        addresses = query.HasAddress ? table.Addresses.Containing(query.Address) : default;
        groups = table.AnyGroups.All;
        nextGroups = query.IsAddressOpen ? table.AddressGroups.All : [];
        lastGroups = query.IsNameOpen ? table.NameGroups.All : [];
    }

    private enum Stage : byte
    {
        Done = 0,
        Short,
        Names,
        Addresses,
        Groups,
    }

    public ReadOnlySpan<int> Current { get; private set; }

    /// <summary>The current list is an <see cref="EntryGroups">entry group</see>: where port and protocol fit one of it, they fit all.</summary>
    public readonly bool IsGroup => stage == Stage.Groups;

    public bool MoveNext()
    {
        switch (stage)
        {
            case Stage.Short:
                Current = table.Positions;
                stage = Stage.Done;
                return true;
            case Stage.Names when MoveToNextName():
            case Stage.Addresses when MoveToNextAddress():
            case Stage.Groups when MoveToNextGroup():
                return true;
            case Stage.Names:
                stage = Stage.Addresses;
                return MoveNext();
            case Stage.Addresses:
                stage = Stage.Groups;
                return MoveNext();
            default:
                stage = Stage.Done;
                return false;
        }
    }

    private bool MoveToNextName()
    {
        while (!hosts.MoveNext())
        {
            if (nextName >= names.Length)
            {
                return false;
            }

            hosts = Hosts(names[nextName++]);
        }

        Current = hosts.Current;
        return true;
    }

    private bool MoveToNextAddress()
    {
        var found = addresses.MoveNext();
        Current = addresses.Current;
        return found;
    }

    private bool MoveToNextGroup()
    {
        while (groups.IsEmpty)
        {
            if (nextGroups.IsEmpty && lastGroups.IsEmpty)
            {
                return false;
            }

            groups = nextGroups;
            nextGroups = lastGroups;
            lastGroups = [];
        }

        Current = groups[0];
        groups = groups[1..];
        return true;
    }

    private readonly HostLookup Hosts(HostName? name) => name is null ? HostLookup.Nothing : isRelated ? table.Hosts.Related(name) : table.Hosts.Matching(name);
}
