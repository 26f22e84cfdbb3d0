using SniProxy.Core.Names;

namespace SniProxy.Core.Policies.Tables;

/// <summary>
/// Finds the entries whose pattern may match a name: one probe for each suffix of the name that is as long as some pattern's fixed part, and
/// one for each shape of the patterns with wildcards elsewhere. Immutable.
/// </summary>
internal sealed class HostIndex
{
    /// <summary>The most labels a name can have.</summary>
    public const int MaxLabels = (HostName.MaxLength + 1) / 2;

    private readonly PositionTable table;
    private readonly byte[] kindsByLabels;
    private readonly GlobIndex globs;

    private HostIndex(PositionTable table, byte[] kindsByLabels, GlobIndex globs)
    {
        this.table = table;
        this.kindsByLabels = kindsByLabels;
        this.globs = globs;
    }

    public static HostIndex Empty { get; } = new(PositionTable.Empty, new byte[MaxLabels + 1], GlobIndex.Empty);

    public static HostIndex Of(ReadOnlySpan<RuleEntry> entries)
    {
        var positions = new List<HashedPosition>(entries.Length);
        var globs = new GlobIndexBuilder();
        var kindsByLabels = new byte[MaxLabels + 1];
        for (var position = 0; position < entries.Length; position++)
        {
            if (entries[position].Pattern is not { } pattern)
            {
                continue;
            }

            if (pattern.Kind == HostPatternKind.Glob)
            {
                globs.Add(pattern.FixedPart, position);
                continue;
            }

            var kind = KindBit(pattern.Kind);
            positions.Add(new HashedPosition(HashOf(pattern.FixedPart, out var labels), position, kind));
            kindsByLabels[labels] |= (byte)kind;
        }

        return new HostIndex(PositionTable.Of(positions), kindsByLabels, globs.Build());
    }

    /// <summary>Entries that may match the name, each at least once.</summary>
    public HostLookup Matching(HostName name) => new(this, name.Value, isRelated: false);

    /// <summary>These, and all whose fixed part is the name or a name above it.</summary>
    public HostLookup Related(HostName name) => new(this, name.Value, isRelated: true);

    internal static int KindBit(HostPatternKind kind) => 1 << (int)kind;

    /// <summary>The kinds of the patterns whose fixed part has so many labels.</summary>
    internal int KindsAt(int labels) => kindsByLabels[labels];

    internal ReadOnlySpan<int> Find(ulong hash, int kinds) => table.Find(hash, kinds);

    internal bool TryFindNextGlob(ReadOnlySpan<char> name, int labels, scoped ref int next, out ReadOnlySpan<int> found) =>
        globs.TryFindNext(name, labels, ref next, out found);

    internal static ulong HashOf(ReadOnlySpan<char> name, out int labels)
    {
        var hash = KeyHash.Seed;
        for (labels = 1; ; labels++)
        {
            var dot = name.LastIndexOf('.');
            hash = KeyHash.Extend(hash, name[(dot + 1)..]);
            if (dot < 0)
            {
                return hash;
            }

            name = name[..dot];
        }
    }
}
