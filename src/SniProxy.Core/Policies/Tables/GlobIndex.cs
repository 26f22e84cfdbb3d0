namespace SniProxy.Core.Policies.Tables;

/// <summary>
/// Patterns with wildcards in any place, found by what is written out in them: one probe for each shape, that is for each way in which
/// patterns of so many labels mix letters and wildcards. A policy has few of those, however many patterns it has.
/// </summary>
internal sealed class GlobIndex(GlobShape[][] shapesByLabels, CandidateTable table)
{
    public static GlobIndex Empty { get; } = new([], CandidateTable.Empty);

    public GlobLookup Find(ReadOnlySpan<char> name, int labels) =>
        labels < shapesByLabels.Length ? new GlobLookup(table, shapesByLabels[labels], name) : default;
}
