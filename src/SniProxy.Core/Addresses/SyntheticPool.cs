namespace SniProxy.Core.Addresses;

/// <summary>
/// The addresses that stand for names, counted through: a slot is one IPv4 and one IPv6 address, where there are blocks of both families. The
/// first address of a block and the last one of IPv4 mean something to many hosts (RFC 1122 section 3.2.1.3, RFC 4291 section 2.6.1) and are
/// left out. Immutable.
/// </summary>
public sealed class SyntheticPool
{
    // More than any sandbox may have names.
    private const int MostSlots = 1 << 30;

    private readonly Cidr[] four;
    private readonly Cidr[] six;

    /// <param name="blocks">None of them overlaps another one.</param>
    public SyntheticPool(IReadOnlyList<Cidr> blocks)
    {
        Blocks = blocks;
        four = [.. blocks.Where(block => block.IsIPv4)];
        six = [.. blocks.Where(block => !block.IsIPv4)];
        Capacity = (four.Length, six.Length) switch
        {
            (0, 0) => 0,
            (0, _) => SlotsOf(six),
            (_, 0) => SlotsOf(four),
            _ => Math.Min(SlotsOf(four), SlotsOf(six)),
        };
    }

    /// <summary>What is set aside for measurements (RFC 2544) and a unique local network (RFC 4193): nobody is reached there from a sandbox.</summary>
    public static IReadOnlyList<Cidr> DefaultBlocks { get; } =
        [Cidr.Of(Address.FromIPv4(0xc612_0000), 15), Cidr.Of(new Address((UInt128)0xfd98_0018_0000_0000 << 64), 64)];

    public IReadOnlyList<Cidr> Blocks { get; }

    /// <summary>How many names can have addresses at a time, by the family that has fewer.</summary>
    public int Capacity { get; }

    /// <summary>The slot's address of a family; null where there is no block of it.</summary>
    public Address? AddressOf(int slot, bool isIPv4)
    {
        long left = slot;
        foreach (var block in isIPv4 ? four : six)
        {
            var size = SizeOf(block);
            if (left < size)
            {
                return isIPv4
                    ? Address.FromIPv4(block.Network.IPv4Bits + (uint)(left + Skipped(block)))
                    : new Address(block.Network.Value + (UInt128)(ulong)(left + Skipped(block)));
            }

            left -= size;
        }

        return null;
    }

    public bool Contains(Address address)
    {
        foreach (var block in address.IsIPv4 ? four : six)
        {
            if (block.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The slot of an address. False also for one of the pool that stands for no name.</summary>
    public bool TryFind(Address address, out int slot)
    {
        var before = 0L;
        foreach (var block in address.IsIPv4 ? four : six)
        {
            var size = SizeOf(block);
            if (block.Contains(address))
            {
                var place = address.Value - block.Network.Value;
                var inBlock = place > MostSlots ? long.MaxValue : (long)place - Skipped(block);
                var isOne = inBlock >= 0 && inBlock < size && before + inBlock < Capacity;
                slot = isOne ? (int)(before + inBlock) : -1;
                return isOne;
            }

            before += size;
        }

        slot = -1;
        return false;
    }

    private static int SlotsOf(Cidr[] blocks) => (int)Math.Min(MostSlots, blocks.Sum(SizeOf));

    private static long SizeOf(Cidr block)
    {
        var bits = (block.IsIPv4 ? 32 : 128) - block.PrefixLength;
        return bits >= 30 ? MostSlots : (1L << bits) - Skipped(block) - (block.IsIPv4 && bits > 1 ? 1 : 0);
    }

    // Of two addresses or one, both are hosts' (RFC 3021, RFC 6164).
    private static int Skipped(Cidr block) => (block.IsIPv4 ? 32 : 128) - block.PrefixLength > 1 ? 1 : 0;
}
