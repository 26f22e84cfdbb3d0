namespace SniProxy.Core.Policies.Tables;

/// <summary>An entry's position under the hash of what it names.</summary>
/// <param name="Hash">What the entry names.</param>
/// <param name="Position">Of the entry in its list.</param>
/// <param name="Kind">One bit, by which a look-up can tell from afar that nothing here concerns it.</param>
internal readonly record struct Candidate(ulong Hash, int Position, int Kind) : IComparable<Candidate>
{
    public int CompareTo(Candidate other) => Hash != other.Hash ? Hash.CompareTo(other.Hash) : Position.CompareTo(other.Position);
}
