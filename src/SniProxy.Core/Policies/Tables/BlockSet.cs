using SniProxy.Core.Addresses;

namespace SniProxy.Core.Policies.Tables;

/// <summary>Blocks of addresses, asked whether one of them contains an address. Immutable.</summary>
internal sealed class BlockSet(IReadOnlyList<Cidr> blocks)
{
    private readonly Cidr[] blocks = [.. blocks];
    private readonly AddressIndex index = AddressIndex.Of(blocks.Index().Select(item => (item.Item, item.Index)));

    public static BlockSet Empty { get; } = new([]);

    public ReadOnlySpan<Cidr> Blocks => blocks;

    public bool Contains(Address address)
    {
        for (var lookup = index.Containing(address); lookup.MoveNext(out var found);)
        {
            foreach (var position in found)
            {
                if (blocks[position].Contains(address))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
