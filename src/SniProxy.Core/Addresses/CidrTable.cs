namespace SniProxy.Core.Addresses;

/// <summary>
/// Blocks with a value each, looked up by address: by the longest prefix that covers it, or by the lowest position in the order in
/// which they were given. One dictionary for each prefix length in use, so that a look-up costs as many probes as there are lengths.
/// </summary>
public sealed class CidrTable<T>
{
    private readonly Level[] levels;

    /// <param name="blocks">In order: of equal blocks the first one counts.</param>
    public CidrTable(IEnumerable<KeyValuePair<Cidr, T>> blocks)
    {
        var byLength = new SortedDictionary<int, Dictionary<Address, Item>>();
        var position = 0;
        foreach (var (block, value) in blocks)
        {
            // The key of a level holds family and length: 0 to 128 for IPv6, 129 to 161 for IPv4.
            var level = block.IsIPv4 ? FirstIPv4Level + block.PrefixLength : block.PrefixLength;
            if (!byLength.TryGetValue(level, out var items))
            {
                byLength.Add(level, items = []);
            }

            items.TryAdd(block.Network, new Item(position++, value));
        }

        Count = position;
        levels = [.. byLength.Reverse().Select(level => new Level(level.Key, level.Value))];
    }

    private const int FirstIPv4Level = 129;

    /// <summary>How many blocks were given.</summary>
    public int Count { get; }

    /// <summary>The value of the longest block that contains the address.</summary>
    public bool TryFindLongest(Address address, out T? value)
    {
        foreach (var level in levels)
        {
            if (level.TryFind(address, out var item))
            {
                value = item.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>The value and the position of the block that was given first of all that contain the address.</summary>
    public bool TryFindFirst(Address address, out T? value, out int position)
    {
        value = default;
        position = int.MaxValue;
        foreach (var level in levels)
        {
            if (level.TryFind(address, out var item) && item.Position < position)
            {
                (position, value) = item;
            }
        }

        return position != int.MaxValue;
    }

    private readonly record struct Item(int Position, T Value);

    private sealed class Level(int key, Dictionary<Address, Item> items)
    {
        private readonly bool isIPv4 = key >= FirstIPv4Level;
        private readonly Address mask = Address.MaskOf(key >= FirstIPv4Level ? key - FirstIPv4Level + 96 : key);

        public bool TryFind(Address address, out Item item)
        {
            item = default;
            return address.IsIPv4 == isIPv4 && items.TryGetValue(address & mask, out item);
        }
    }
}
