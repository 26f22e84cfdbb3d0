using SniProxy.Core.Addresses;

namespace SniProxy.Core.Policies.Tables;

/// <summary>Yields what an <see cref="AddressIndex"/> has for an address, from the shortest prefix to the longest.</summary>
internal ref struct AddressLookup(CandidateTable table, ReadOnlySpan<AddressLevel> levels, Address address)
{
    private readonly ReadOnlySpan<AddressLevel> levels = levels;
    private readonly ulong high = (ulong)(address.Value >> 64);
    private readonly ulong low = (ulong)address.Value;
    private int next;

    /// <param name="found">Positions in ascending order; those of one list say nothing of the next.</param>
    public bool MoveNext(out ReadOnlySpan<int> found)
    {
        while (next < levels.Length)
        {
            found = table.Find(levels[next++].HashOf(high, low), AddressIndex.Kind);
            if (!found.IsEmpty)
            {
                return true;
            }
        }

        found = [];
        return false;
    }
}
