using SniProxy.Core.Names;

namespace SniProxy.Core.Policies.Tables;

/// <summary>Walks a name from its last label to its first and yields what a <see cref="HostIndex"/> has for each suffix, and then for its shape.</summary>
internal ref struct HostLookup
{
    private const int Whole = (1 << (int)HostPatternKind.Exact) | (1 << (int)HostPatternKind.SelfAndBelow);
    private const int Below = (1 << (int)HostPatternKind.AnyDepth) | (1 << (int)HostPatternKind.SelfAndBelow);
    private const int OneBelow = Below | (1 << (int)HostPatternKind.OneLabel);
    private const int All = Whole | OneBelow;

    private readonly HostIndex index;
    private readonly ReadOnlySpan<char> name;
    private readonly int firstDot;
    private readonly bool isRelated;
    private GlobLookup globs;
    private ulong hash;
    private int labels;
    private int end;

    public HostLookup(HostIndex index, ReadOnlySpan<char> name, bool isRelated)
    {
        this.index = index;
        this.name = name;
        this.isRelated = isRelated;
        firstDot = name.IndexOf('.');
        hash = KeyHash.Seed;
        end = name.Length;
    }

    /// <summary>Yields nothing.</summary>
    public static HostLookup Nothing => new() { end = -1 };

    /// <summary>Positions in ascending order; those of one list say nothing of the next.</summary>
    public ReadOnlySpan<int> Current { get; private set; }

    public bool MoveNext()
    {
        while (end >= 0)
        {
            var dot = name[..end].LastIndexOf('.');
            hash = KeyHash.Extend(hash, name[(dot + 1)..end]);
            labels++;
            end = dot;
            Current = index.Find(hash, labels, isRelated ? All : dot < 0 ? Whole : dot == firstDot ? OneBelow : Below);
            if (dot < 0)
            {
                globs = index.FindGlobs(name, labels);
            }

            if (!Current.IsEmpty)
            {
                return true;
            }
        }

        var found = globs.MoveNext();
        Current = globs.Current;
        return found;
    }
}
