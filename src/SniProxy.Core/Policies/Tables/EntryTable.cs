namespace SniProxy.Core.Policies.Tables;

/// <summary>
/// A list of entries in which those that may concern a name or an address are found without walking it. What it yields are candidates:
/// all that concern it and perhaps others, so that the entries themselves are asked, by the same code that walks. Immutable.
/// </summary>
internal sealed class EntryTable
{
    // So few are asked sooner than looked up.
    private const int Few = 8;

    private static readonly int[] FirstPositions = [.. Enumerable.Range(0, Few)];

    private readonly RuleEntry[] entries;

    /// <param name="entries">The list.</param>
    /// <param name="ruleOf">Tells the rules apart in which the entries at these positions stand; null where all stand in one.</param>
    public EntryTable(RuleEntry[] entries, Func<int, int>? ruleOf = null)
    {
        this.entries = entries;
        HasOtherThanNames = entries.Any(entry => entry.Kind != EntryKind.Name);
        IsShort = entries.Length <= Few;
        if (IsShort)
        {
            return;
        }

        ruleOf ??= _ => 0;
        Hosts = HostIndex.Of(entries);
        Addresses = AddressIndex.Of(entries.Index().Where(item => item.Item.Kind == EntryKind.Address).Select(item => (item.Item.Block, item.Index)));
        AnyGroups = EntryGroups.Of(entries, EntryKind.Any, ruleOf);
        NameGroups = EntryGroups.Of(entries, EntryKind.Name, ruleOf);
        AddressGroups = EntryGroups.Of(entries, EntryKind.Address, ruleOf);
    }

    public static EntryTable Empty { get; } = new([]);

    public bool IsEmpty => entries.Length == 0;

    public bool HasOtherThanNames { get; }

    public ReadOnlySpan<RuleEntry> Entries => entries;

    /// <summary>So few that every look-up finds all of them.</summary>
    public bool IsShort { get; }

    /// <summary>The positions of a short list.</summary>
    public ReadOnlySpan<int> Positions => FirstPositions.AsSpan(0, IsShort ? entries.Length : 0);

    public HostIndex Hosts { get; } = HostIndex.Empty;

    public AddressIndex Addresses { get; } = AddressIndex.Empty;

    public EntryGroups AnyGroups { get; } = EntryGroups.Empty;

    public EntryGroups NameGroups { get; } = EntryGroups.Empty;

    public EntryGroups AddressGroups { get; } = EntryGroups.Empty;

    public EntryLookup Find(in EntryQuery query) => new(this, query);

    /// <summary>The first port above this one at which some entry begins or ceases to fit, if it is lower than <paramref name="next"/>.</summary>
    public int NextChange(int port, int next)
    {
        foreach (var position in Positions)
        {
            next = entries[position].Ports.NextChange(port, next);
        }

        next = NextChange(AnyGroups, port, next);
        next = NextChange(NameGroups, port, next);
        return NextChange(AddressGroups, port, next);
    }

    private int NextChange(EntryGroups groups, int port, int next)
    {
        foreach (var group in groups.All)
        {
            next = entries[group[0]].Ports.NextChange(port, next);
        }

        return next;
    }
}
