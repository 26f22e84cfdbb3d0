using System.Runtime.CompilerServices;

namespace SniProxy.Core.Policies.Tables;

/// <summary>Yields what an <see cref="AddressIndex"/> has for an address, from the longest prefix to the shortest.</summary>
internal struct AddressLookup(AddressBlocks blocks, int innermost)
{
    private readonly AddressBlocks blocks = blocks;
    private int next = innermost;

    /// <param name="found">Positions in ascending order; those of one list say nothing of the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool MoveNext(out ReadOnlySpan<int> found)
    {
        if (blocks is null || next == AddressRanges.None)
        {
            found = [];
            return false;
        }

        found = blocks.PositionsOf(next);
        next = blocks.Around(next);
        return true;
    }
}
