using SniProxy.Core.Addresses;

namespace SniProxy.Core.Policies.Tables;

/// <summary>Yields what an <see cref="AddressIndex"/> has for an address, from the shortest prefix to the longest.</summary>
internal ref struct AddressLookup(AddressIndex index, Address address, ReadOnlySpan<int> lengths)
{
    private readonly ReadOnlySpan<int> lengths = lengths;
    private int next;

    /// <summary>Positions in ascending order; those of one list say nothing of the next.</summary>
    public ReadOnlySpan<int> Current { get; private set; }

    public bool MoveNext()
    {
        while (next < lengths.Length)
        {
            Current = index.Find(address, lengths[next++]);
            if (!Current.IsEmpty)
            {
                return true;
            }
        }

        return false;
    }
}
