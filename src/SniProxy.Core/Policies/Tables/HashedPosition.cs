namespace SniProxy.Core.Policies.Tables;

/// <summary>An entry's position under the hash of what it names.</summary>
/// <param name="hash">What the entry names.</param>
/// <param name="position">Of the entry in its list.</param>
/// <param name="kind">One bit, by which a look-up can tell from afar that nothing here concerns it.</param>
internal readonly struct HashedPosition(ulong hash, int position, int kind) : IComparable<HashedPosition>
{
    /// <summary>What is kept of the hash. Two that share it are found by each other's look-ups, which costs a look at the entry and no more.</summary>
    public uint Key { get; } = KeyOf(hash);

    public int Position { get; } = position;

    public int Kind { get; } = kind;

    // The last step of every hash here is a multiplication, which stirs the high bits best.
    public static uint KeyOf(ulong hash) => (uint)(hash >> 32);

    public int CompareTo(HashedPosition other) => Key != other.Key ? Key.CompareTo(other.Key) : Position.CompareTo(other.Position);
}
