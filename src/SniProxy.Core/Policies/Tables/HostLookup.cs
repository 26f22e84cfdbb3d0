using SniProxy.Core.Names;

namespace SniProxy.Core.Policies.Tables;

/// <summary>Walks a name from its last label to its first and yields what a <see cref="HostIndex"/> has for each suffix, and then for its shape.</summary>
internal ref struct HostLookup
{
    private const int Whole = (1 << (int)HostPatternKind.Exact) | (1 << (int)HostPatternKind.SelfAndBelow);
    private const int Below = (1 << (int)HostPatternKind.AnyDepth) | (1 << (int)HostPatternKind.SelfAndBelow);
    private const int OneLabel = 1 << (int)HostPatternKind.OneLabel;
    private const int All = Whole | Below | OneLabel;

    private readonly HostIndex index;
    private readonly ReadOnlySpan<char> name;
    private readonly bool isRelated;
    private ulong hash;
    private int labels;
    private int end;
    private int nextShape;

    public HostLookup(HostIndex index, ReadOnlySpan<char> name, bool isRelated)
    {
        this.index = index;
        this.name = name;
        this.isRelated = isRelated;
        hash = KeyHash.Seed;
        end = name.Length;
    }

    /// <summary>Yields nothing.</summary>
    public static HostLookup Nothing => new() { end = -1 };

    /// <param name="found">Positions in ascending order; those of one list say nothing of the next.</param>
    public bool MoveNext(out ReadOnlySpan<int> found)
    {
        while (end >= 0)
        {
            var dot = name[..end].LastIndexOf('.');
            hash = KeyHash.Extend(hash, name[(dot + 1)..end]);
            end = dot;
            var kinds = index.KindsAt(++labels);
            if (kinds != 0)
            {
                found = index.Find(hash, isRelated ? All : KindsThatMatchHere(kinds));
                if (!found.IsEmpty)
                {
                    return true;
                }
            }
        }

        if (index is null)
        {
            found = [];
            return false;
        }

        return index.TryFindNextGlob(name, labels, ref nextShape, out found);
    }

    private readonly int KindsThatMatchHere(int kinds) =>
        end < 0 ? Whole : (kinds & OneLabel) != 0 && !name[..end].Contains('.') ? Below | OneLabel : Below;
}
