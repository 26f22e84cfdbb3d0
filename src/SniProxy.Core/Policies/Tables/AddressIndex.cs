using SniProxy.Core.Addresses;

namespace SniProxy.Core.Policies.Tables;

/// <summary>Finds the entries whose block may contain an address: one probe for each prefix length in use in the address's family. Immutable.</summary>
internal sealed class AddressIndex
{
    /// <summary>All blocks are of one kind.</summary>
    public const int Kind = 1;

    private readonly CandidateTable table;
    private readonly AddressLevel[] levelsOfIPv4;
    private readonly AddressLevel[] levelsOfIPv6;

    private AddressIndex(CandidateTable table, AddressLevel[] levelsOfIPv4, AddressLevel[] levelsOfIPv6)
    {
        this.table = table;
        this.levelsOfIPv4 = levelsOfIPv4;
        this.levelsOfIPv6 = levelsOfIPv6;
    }

    public static AddressIndex Empty { get; } = new(CandidateTable.Empty, [], []);

    public bool IsEmpty => levelsOfIPv4.Length + levelsOfIPv6.Length == 0;

    /// <param name="blocks">With the position of the entry each belongs to.</param>
    public static AddressIndex Of(IEnumerable<(Cidr Block, int Position)> blocks)
    {
        var candidates = new List<Candidate>();
        var (ofIPv4, ofIPv6) = (new SortedDictionary<int, AddressLevel>(), new SortedDictionary<int, AddressLevel>());
        foreach (var (block, position) in blocks)
        {
            var length = block.IsIPv4 ? block.PrefixLength + 96 : block.PrefixLength;
            var level = new AddressLevel(length);
            (block.IsIPv4 ? ofIPv4 : ofIPv6)[length] = level;
            candidates.Add(new Candidate(level.HashOf((ulong)(block.Network.Value >> 64), (ulong)block.Network.Value), position, Kind));
        }

        return candidates.Count == 0 ? Empty : new AddressIndex(CandidateTable.Of(candidates), [.. ofIPv4.Values], [.. ofIPv6.Values]);
    }

    /// <summary>Entries that may contain the address, each at least once.</summary>
    public AddressLookup Containing(Address address) => new(table, address.IsIPv4 ? levelsOfIPv4 : levelsOfIPv6, address);
}
