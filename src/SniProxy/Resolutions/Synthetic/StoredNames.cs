using SniProxy.Core.Names;

namespace SniProxy.Resolutions.Synthetic;

/// <summary>The names of one life as they were stored, laid out on the pool of today.</summary>
/// <param name="Life">Whose.</param>
internal sealed record StoredNames(SyntheticLife Life)
{
    /// <summary>The blocks that are stored.</summary>
    public IReadOnlyList<int> Blocks { get; init; } = [];

    public IReadOnlyList<(int Slot, HostName Name)> Names { get; init; } = [];

    /// <summary>
    /// Slots whose addresses may mean something to the sandbox that nobody knows any more: an answer that could not be stored, or one from
    /// another pool.
    /// </summary>
    public IReadOnlySet<int> Resting { get; init; } = new HashSet<int>();

    /// <summary>No slot from this one on was ever given.</summary>
    public int Begun { get; init; }

    /// <summary>The pool was another one then, so that no slot means what it meant.</summary>
    public bool IsOfAnotherPool { get; init; }
}
