namespace SniProxy.Core.Policies.Tables;

/// <summary>
/// Patterns with wildcards in any place, found by what is written out in them: one probe for each shape, that is for each way in which
/// patterns of so many labels mix letters and wildcards. A policy has few of those, however many patterns it has.
/// </summary>
internal sealed class GlobIndex(GlobShape[][] shapesByLabels, PositionTable table)
{
    public static GlobIndex Empty { get; } = new([], PositionTable.Empty);

    /// <summary>Finds what the next shape has for a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="labels">How many it has.</param>
    /// <param name="next">The number of the shape to go on with, 0 at first.</param>
    /// <param name="found">Positions in ascending order; those of one list say nothing of the next.</param>
    /// <returns>False after the last.</returns>
    public bool TryFindNext(ReadOnlySpan<char> name, int labels, scoped ref int next, out ReadOnlySpan<int> found)
    {
        while (labels < shapesByLabels.Length && next < shapesByLabels[labels].Length)
        {
            if (shapesByLabels[labels][next++].TryHash(name, out var hash))
            {
                found = table.Find(hash, GlobIndexBuilder.Kind);
                if (!found.IsEmpty)
                {
                    return true;
                }
            }
        }

        found = [];
        return false;
    }
}
