using SniProxy.Core.Contract;
using SniProxy.Core.Names;

namespace SniProxy.Core.Policies.Tables;

/// <summary>
/// Finds entries that name something below a name: each name above a pattern leads to one entry that speaks for it, or to two where
/// some allow and others only let pass and record. Whatever holds only in certain circumstances speaks for its own rule alone. Immutable.
/// </summary>
internal sealed class BelowIndex
{
    private const int Kind = 1;

    private readonly PositionTable table;
    private readonly GlobIndex globs;

    private BelowIndex(PositionTable table, GlobIndex globs)
    {
        this.table = table;
        this.globs = globs;
    }

    public static BelowIndex Empty { get; } = new(PositionTable.Empty, GlobIndex.Empty);

    public static BelowIndex Of(ReadOnlySpan<PlacedEntry> places)
    {
        var positions = new List<HashedPosition>();
        var known = new Dictionary<(ulong Hash, bool IsAllow, RuleCondition? Condition), string>();
        var globs = new GlobIndexBuilder();
        for (var position = 0; position < places.Length; position++)
        {
            if (places[position].Entry is not { Pattern: { } pattern, Decision: not Decision.Deny } entry)
            {
                continue;
            }

            var part = pattern.FixedPart;
            var condition = places[position].Rule.Condition;
            var hash = KeyHash.Seed;
            for (var end = part.Length; end >= 0;)
            {
                var dot = part.AsSpan(0, end).LastIndexOf('.');
                var above = part.AsSpan(dot + 1);
                hash = KeyHash.Extend(hash, part.AsSpan(dot + 1, end - dot - 1));
                end = dot;
                if (dot < 0 && pattern.Kind is HostPatternKind.Exact or HostPatternKind.Glob)
                {
                    break; // the whole of it is not above it
                }

                if (above.Contains('*'))
                {
                    globs.Add(above, position);
                }
                else if (known.TryAdd((hash, entry.IsAllow, condition), part) || !EndsWith(known[(hash, entry.IsAllow, condition)], above))
                {
                    positions.Add(new HashedPosition(hash, position, Kind));
                }
            }
        }

        return new BelowIndex(PositionTable.Of(positions), globs.Build());
    }

    /// <summary>Entries that may name something below the name. Those with a wildcard for every depth above the name are not among them.</summary>
    /// <param name="name">The name.</param>
    /// <param name="next">What to go on with, 0 at first.</param>
    /// <param name="found">Some of them.</param>
    /// <returns>False after the last.</returns>
    public bool TryFindNext(HostName name, scoped ref int next, out ReadOnlySpan<int> found)
    {
        var hash = HostIndex.HashOf(name.Value, out var labels);
        if (next++ == 0)
        {
            found = table.Find(hash, Kind);
            return true;
        }

        var shape = next - 2;
        var isFound = globs.TryFindNext(name.Value, labels, ref shape, out found);
        next = shape + 1;
        return isFound;
    }

    private static bool EndsWith(string part, ReadOnlySpan<char> above) =>
        part.AsSpan().EndsWith(above) && (part.Length == above.Length || part[part.Length - above.Length - 1] == '.');
}
