namespace SniProxy.Core.Policies.Tables;

/// <summary>Yields what a <see cref="GlobIndex"/> has for a name, shape by shape.</summary>
internal ref struct GlobLookup(CandidateTable table, ReadOnlySpan<GlobShape> shapes, ReadOnlySpan<char> name)
{
    private readonly CandidateTable? table = table;
    private readonly ReadOnlySpan<GlobShape> shapes = shapes;
    private readonly ReadOnlySpan<char> name = name;
    private int next;

    public ReadOnlySpan<int> Current { get; private set; }

    public bool MoveNext()
    {
        while (table is not null && next < shapes.Length)
        {
            if (shapes[next++].TryHash(name, out var hash))
            {
                Current = table.Find(hash, GlobIndexBuilder.Kind);
                if (!Current.IsEmpty)
                {
                    return true;
                }
            }
        }

        Current = [];
        return false;
    }
}
