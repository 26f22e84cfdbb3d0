using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SniProxy.Core.Policies.Tables;

/// <summary>
/// Positions in a list of entries, found by a hash of what the entries name: one probe, and one more for each neighbour in the way. Only
/// the hash is compared, so that a position that is found is no answer yet: whoever asks looks at the entry itself.
/// </summary>
internal sealed class PositionTable
{
    private readonly Slot[] slots;
    private readonly int[] lists;
    private readonly int shift;

    /// <param name="slots">A power of two of them, at least two, at least one empty.</param>
    /// <param name="lists">For each hash with several positions: how many, and the positions in ascending order.</param>
    private PositionTable(Slot[] slots, int[] lists)
    {
        this.slots = slots;
        this.lists = lists;
        shift = 32 - int.Log2(slots.Length);
    }

    public static PositionTable Empty { get; } = new(new Slot[2], []);

    /// <summary>The positions under the hash, in ascending order; none where no entry under it is of these kinds.</summary>
    /// <param name="hash">The hash.</param>
    /// <param name="kinds">Bits; an entry's kind has one of them.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<int> Find(ulong hash, int kinds)
    {
        var key = HashedPosition.KeyOf(hash);
        for (var i = First(key, shift); ; i = (i + 1) & (slots.Length - 1))
        {
            ref readonly var slot = ref slots[i];
            if (slot.Kinds == 0)
            {
                return [];
            }

            if (slot.Key == key)
            {
                return (slot.Kinds & kinds) == 0 ? []
                    : slot.Value >= 0 ? new ReadOnlySpan<int>(in slot.Value)
                    : lists.AsSpan(~slot.Value + 1, lists[~slot.Value]);
            }
        }
    }

    /// <param name="positions">In any order; those of one hash are put in ascending order.</param>
    public static PositionTable Of(List<HashedPosition> positions)
    {
        positions.Sort();
        var sorted = CollectionsMarshal.AsSpan(positions);
        var (keys, listed) = Count(sorted);
        if (keys == 0)
        {
            return Empty;
        }

        var slots = new Slot[(int)BitOperations.RoundUpToPowerOf2((uint)keys * 2)];
        var lists = new int[listed];
        var shift = 32 - int.Log2(slots.Length);
        var free = 0;
        for (var at = 0; at < sorted.Length;)
        {
            var run = Run(sorted[at..]);
            Put(slots, shift, new Slot(run[0].Key, run.Length == 1 ? run[0].Position : ~free, Kinds(run)));
            if (run.Length > 1)
            {
                lists[free++] = run.Length;
                foreach (var one in run)
                {
                    lists[free++] = one.Position;
                }
            }

            at += run.Length;
        }

        return new PositionTable(slots, lists);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int First(uint key, int shift) => (int)(key >> shift);

    private static void Put(Slot[] slots, int shift, Slot slot)
    {
        var i = First(slot.Key, shift);
        while (slots[i].Kinds != 0)
        {
            i = (i + 1) & (slots.Length - 1);
        }

        slots[i] = slot;
    }

    private static (int Keys, int Listed) Count(ReadOnlySpan<HashedPosition> sorted)
    {
        var (keys, listed) = (0, 0);
        for (var at = 0; at < sorted.Length; keys++)
        {
            var length = Run(sorted[at..]).Length;
            listed += length > 1 ? length + 1 : 0;
            at += length;
        }

        return (keys, listed);
    }

    private static ReadOnlySpan<HashedPosition> Run(ReadOnlySpan<HashedPosition> sorted)
    {
        var length = 1;
        while (length < sorted.Length && sorted[length].Key == sorted[0].Key)
        {
            length++;
        }

        return sorted[..length];
    }

    private static int Kinds(ReadOnlySpan<HashedPosition> run)
    {
        var kinds = 0;
        foreach (var one in run)
        {
            kinds |= one.Kind;
        }

        return kinds;
    }

    // An empty slot has no kinds.
    private readonly struct Slot(uint key, int value, int kinds)
    {
        public readonly uint Key = key;

        // The position, or the complement of where its list begins.
        public readonly int Value = value;
        public readonly int Kinds = kinds;
    }
}
