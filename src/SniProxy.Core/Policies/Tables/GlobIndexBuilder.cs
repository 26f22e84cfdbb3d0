namespace SniProxy.Core.Policies.Tables;

/// <summary>Gathers patterns for a <see cref="GlobIndex"/>.</summary>
internal sealed class GlobIndexBuilder
{
    /// <summary>All patterns here are of one kind.</summary>
    public const int Kind = 1;

    private readonly Dictionary<string, GlobShape> shapes = [];
    private readonly List<HashedPosition> positions = [];
    private readonly List<List<GlobShape>> shapesByLabels = [];

    /// <param name="pattern">Labels with wildcards in any place, or none.</param>
    /// <param name="position">Of the entry it belongs to.</param>
    public void Add(ReadOnlySpan<char> pattern, int position)
    {
        if (ShapeOf(pattern).TryHash(pattern, out var hash))
        {
            positions.Add(new HashedPosition(hash, position, Kind));
        }
    }

    public GlobIndex Build() =>
        positions.Count == 0 ? GlobIndex.Empty : new GlobIndex([.. shapesByLabels.Select(list => list.ToArray())], PositionTable.Of(positions));

    private GlobShape ShapeOf(ReadOnlySpan<char> pattern)
    {
        var labels = GlobShape.Read(pattern);
        var key = string.Concat(labels.Select(label => (char)(label.Prefix << 8 | label.Suffix)));
        if (shapes.TryGetValue(key, out var known))
        {
            return known;
        }

        var shape = new GlobShape(shapes.Count, labels);
        shapes.Add(key, shape);
        while (shapesByLabels.Count <= labels.Length)
        {
            shapesByLabels.Add([]);
        }

        shapesByLabels[labels.Length].Add(shape);
        return shape;
    }
}
