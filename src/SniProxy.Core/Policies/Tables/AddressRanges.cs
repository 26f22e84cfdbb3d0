using System.Numerics;
using System.Runtime.CompilerServices;
using SniProxy.Core.Addresses;

namespace SniProxy.Core.Policies.Tables;

/// <summary>
/// The blocks of one family, and the line of its addresses cut wherever a block begins or ends: between two cuts all addresses are in the
/// same blocks, of which the innermost is kept. The search for a piece begins close to it, so that it costs about the same
/// however many cuts there are and whatever lengths the blocks have. Immutable.
/// </summary>
internal sealed class AddressRanges
{
    /// <summary>In no block.</summary>
    public const int None = -1;

    private const int MaxBits = 16;

    private readonly AddressBlocks blocks;

    // Where pieces begin, in ascending order, in halves; no lower ones where all of them are zero. IPv4 addresses stand in the upper 32 bits.
    private readonly ulong[] highs;
    private readonly ulong[] lows;
    private readonly int[] innermost;

    // For each part of the line, all of the same length, the first piece that begins in it or later.
    private readonly int[] parts;
    private readonly int shift;

    private AddressRanges(AddressBlocks blocks, List<(UInt128 Begin, int Innermost)> pieces)
    {
        this.blocks = blocks;
        highs = [.. pieces.Select(piece => (ulong)(piece.Begin >> 64))];
        lows = pieces.TrueForAll(piece => (ulong)piece.Begin == 0) ? [] : [.. pieces.Select(piece => (ulong)piece.Begin)];
        innermost = [.. pieces.Select(piece => piece.Innermost)];
        var bits = Math.Min(MaxBits, BitOperations.Log2((uint)highs.Length));
        shift = Math.Max(0, 64 - BitOperations.LeadingZeroCount(highs[^1] - highs[0]) - bits);
        parts = Parts(highs, shift);
    }

    private AddressRanges() => (blocks, highs, lows, innermost, parts) = (AddressBlocks.Empty, [], [], [], []);

    public static AddressRanges Empty { get; } = new();

    public bool IsEmpty => highs.Length == 0;

    public static AddressRanges Of(List<(Cidr Block, int Position)> given)
    {
        if (given.Count == 0)
        {
            return Empty;
        }

        var blocks = AddressBlocks.Of(given, out var pieces);
        return new AddressRanges(blocks, pieces);
    }

    /// <summary>The key of an address on the line of its family.</summary>
    public static UInt128 KeyOf(Address address) => address.IsIPv4 ? (UInt128)address.IPv4Bits << 96 : address.Value;

    /// <summary>The blocks that contain an address of the family, from the innermost outwards.</summary>
    public AddressLookup Containing(Address address)
    {
        var key = KeyOf(address);
        return new AddressLookup(blocks, IsEmpty ? None : Innermost((ulong)(key >> 64), (ulong)key));
    }

    private int Innermost(ulong high, ulong low)
    {
        if (high < highs[0])
        {
            return None;
        }

        // The piece looked for is one that begins in the address's part, or the last one before it.
        var part = Math.Min((high - highs[0]) >> shift, (ulong)(parts.Length - 2));
        var (first, end) = (parts[part], parts[part + 1]);
        while (first < end)
        {
            var middle = (first + end) >>> 1;
            if (IsAtOrBefore(middle, high, low))
            {
                first = middle + 1;
            }
            else
            {
                end = middle;
            }
        }

        return first == 0 ? None : innermost[first - 1];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsAtOrBefore(int piece, ulong high, ulong low) => highs[piece] < high || (highs[piece] == high && (lows.Length == 0 || lows[piece] <= low));

    private static int[] Parts(ulong[] highs, int shift)
    {
        var parts = new int[(int)((highs[^1] - highs[0]) >> shift) + 2];
        var piece = 0;
        for (var part = 0; part < parts.Length; part++)
        {
            while (piece < highs.Length && (highs[piece] - highs[0]) >> shift < (ulong)part)
            {
                piece++;
            }

            parts[part] = piece;
        }

        return parts;
    }
}
