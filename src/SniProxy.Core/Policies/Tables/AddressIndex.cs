using SniProxy.Core.Addresses;

namespace SniProxy.Core.Policies.Tables;

/// <summary>Finds the entries whose block contains an address. Immutable.</summary>
internal sealed class AddressIndex
{
    private readonly AddressRanges rangesOfIPv4;
    private readonly AddressRanges rangesOfIPv6;

    private AddressIndex(AddressRanges rangesOfIPv4, AddressRanges rangesOfIPv6)
    {
        this.rangesOfIPv4 = rangesOfIPv4;
        this.rangesOfIPv6 = rangesOfIPv6;
        IsEmpty = rangesOfIPv4.IsEmpty && rangesOfIPv6.IsEmpty;
    }

    public static AddressIndex Empty { get; } = new(AddressRanges.Empty, AddressRanges.Empty);

    public bool IsEmpty { get; }

    /// <param name="blocks">With the position of the entry each belongs to.</param>
    public static AddressIndex Of(IEnumerable<(Cidr Block, int Position)> blocks)
    {
        var (ofIPv4, ofIPv6) = (new List<(Cidr Block, int Position)>(), new List<(Cidr Block, int Position)>());
        foreach (var item in blocks)
        {
            (item.Block.IsIPv4 ? ofIPv4 : ofIPv6).Add(item);
        }

        return ofIPv4.Count + ofIPv6.Count == 0 ? Empty : new AddressIndex(AddressRanges.Of(ofIPv4), AddressRanges.Of(ofIPv6));
    }

    /// <summary>Entries that contain the address, each once.</summary>
    public AddressLookup Containing(Address address) => (address.IsIPv4 ? rangesOfIPv4 : rangesOfIPv6).Containing(address);
}
