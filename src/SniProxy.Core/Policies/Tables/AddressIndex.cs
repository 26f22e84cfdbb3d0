using SniProxy.Core.Addresses;

namespace SniProxy.Core.Policies.Tables;

/// <summary>Finds the entries whose block may contain an address: one probe for each prefix length in use in the address's family. Immutable.</summary>
internal sealed class AddressIndex
{
    private const int Kind = 1;

    private readonly CandidateTable table;
    private readonly int[] lengthsOfIPv4;
    private readonly int[] lengthsOfIPv6;

    private AddressIndex(CandidateTable table, int[] lengthsOfIPv4, int[] lengthsOfIPv6)
    {
        this.table = table;
        this.lengthsOfIPv4 = lengthsOfIPv4;
        this.lengthsOfIPv6 = lengthsOfIPv6;
    }

    public static AddressIndex Empty { get; } = new(CandidateTable.Empty, [], []);

    /// <param name="blocks">With the position of the entry each belongs to.</param>
    public static AddressIndex Of(IEnumerable<(Cidr Block, int Position)> blocks)
    {
        var candidates = new List<Candidate>();
        var (ofIPv4, ofIPv6) = (new SortedSet<int>(), new SortedSet<int>());
        foreach (var (block, position) in blocks)
        {
            var length = block.IsIPv4 ? block.PrefixLength + 96 : block.PrefixLength;
            (block.IsIPv4 ? ofIPv4 : ofIPv6).Add(length);
            candidates.Add(new Candidate(HashOf(block.Network, length), position, Kind));
        }

        return candidates.Count == 0 ? Empty : new AddressIndex(CandidateTable.Of(candidates), [.. ofIPv4], [.. ofIPv6]);
    }

    /// <summary>Entries that may contain the address, each at least once.</summary>
    public AddressLookup Containing(Address address) => new(this, address, address.IsIPv4 ? lengthsOfIPv4 : lengthsOfIPv6);

    /// <param name="address">The address.</param>
    /// <param name="length">Of the prefix, in 128 bits.</param>
    internal ReadOnlySpan<int> Find(Address address, int length) => table.Find(HashOf(address, length), Kind);

    // The two families need no telling apart: in 128 bits, no block of IPv6 that is written with the bits of an IPv4 block is as long.
    private static ulong HashOf(Address address, int length) =>
        KeyHash.Of(length == 0 ? UInt128.Zero : address.Value & (UInt128.MaxValue << (128 - length)), length);
}
