using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SniProxy.Core.Policies.Tables;

/// <summary>
/// Positions in a list of entries, found by a hash of what the entries name: one probe, and one more for each neighbour in the way. Only
/// the hash is compared, so that a position that is found is a candidate and no answer: whoever asks looks at the entry itself.
/// </summary>
internal sealed class CandidateTable
{
    private readonly Slot[] slots;
    private readonly int[] lists;
    private readonly int shift;

    /// <param name="slots">A power of two of them, at least two, at least one empty.</param>
    /// <param name="lists">For each hash with several positions: how many, and the positions in ascending order.</param>
    private CandidateTable(Slot[] slots, int[] lists)
    {
        this.slots = slots;
        this.lists = lists;
        shift = 32 - int.Log2(slots.Length);
    }

    public static CandidateTable Empty { get; } = new(new Slot[2], []);

    /// <summary>The positions under the hash, in ascending order; none where no entry under it is of these kinds.</summary>
    /// <param name="hash">The hash.</param>
    /// <param name="kinds">Bits; an entry's kind has one of them.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<int> Find(ulong hash, int kinds)
    {
        var key = Candidate.KeyOf(hash);
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

    /// <param name="candidates">In any order; those of one hash are put in ascending order.</param>
    public static CandidateTable Of(List<Candidate> candidates)
    {
        candidates.Sort();
        var sorted = CollectionsMarshal.AsSpan(candidates);
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
                foreach (var candidate in run)
                {
                    lists[free++] = candidate.Position;
                }
            }

            at += run.Length;
        }

        return new CandidateTable(slots, lists);
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

    private static (int Keys, int Listed) Count(ReadOnlySpan<Candidate> sorted)
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

    private static ReadOnlySpan<Candidate> Run(ReadOnlySpan<Candidate> sorted)
    {
        var length = 1;
        while (length < sorted.Length && sorted[length].Key == sorted[0].Key)
        {
            length++;
        }

        return sorted[..length];
    }

    private static int Kinds(ReadOnlySpan<Candidate> run)
    {
        var kinds = 0;
        foreach (var candidate in run)
        {
            kinds |= candidate.Kind;
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
