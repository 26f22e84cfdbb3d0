using SniProxy.Core.Addresses;
using SniProxy.Core.Names;

namespace SniProxy.Core.Policies.Lint;

/// <summary>
/// The entries of the rules so far, found by what could cover a later one: a wildcard by the name behind it, a block by its address and length.
/// So that a document of a hundred thousand entries is looked through in seconds.
/// </summary>
internal sealed class CoverIndex(bool hasQuic = false)
{
    private readonly Dictionary<string, List<(RuleEntry Entry, int Rule)>> byName = [];
    private readonly Dictionary<Cidr, List<(RuleEntry Entry, int Rule)>> byBlock = [];
    private readonly List<(RuleEntry Entry, int Rule)> others = [];

    public void Add(RuleEntry entry, int rule)
    {
        if (entry.Pattern is { } pattern && Tail(pattern) is { Length: > 0 } tail)
        {
            ListOf(byName, tail).Add((entry, rule));
        }
        else if (entry.Kind != EntryKind.Address)
        {
            others.Add((entry, rule));
        }
        else
        {
            ListOf(byBlock, entry.Block).Add((entry, rule));
        }
    }

    /// <summary>The first rule with an entry that leaves nothing of this one; -1 where there is none.</summary>
    public int FindCover(RuleEntry entry) => Find(entry, LetsQuicPass(entry) ? CoversWithQuic : EntryCover.Covers);

    /// <summary>The first rule with an entry that lets pass what this one is to deny; -1 where there is none.</summary>
    public int FindPreemption(RuleEntry entry) => Find(entry, EntryCover.Preempts);

    /// <summary>True where another entry covers this one, or an equal one stands before it.</summary>
    public bool IsCoveredByAnother(RuleEntry entry, int own)
    {
        foreach (var (other, place) in Candidates(entry))
        {
            if (place != own && EntryCover.Covers(other, entry) && (place < own || !EntryCover.Covers(entry, other)))
            {
                return true;
            }
        }

        return false;
    }

    // A plain name covers QUIC beside TLS where the policy knows it; "any" in an allow rule never does.
    private bool LetsQuicPass(RuleEntry entry) => hasQuic && entry.IsAllow && entry.Scheme == EntryScheme.Plain && entry.Ports.Contains(443);

    private static bool CoversWithQuic(RuleEntry early, RuleEntry late) => early is not { Kind: EntryKind.Any, IsAllow: true } && EntryCover.Covers(early, late);

    private int Find(RuleEntry entry, Func<RuleEntry, RuleEntry, bool> takes)
    {
        var first = int.MaxValue;
        foreach (var (early, rule) in Candidates(entry))
        {
            first = rule < first && takes(early, entry) ? rule : first;
        }

        return first == int.MaxValue ? -1 : first;
    }

    private IEnumerable<(RuleEntry Entry, int Rule)> Candidates(RuleEntry entry)
    {
        IEnumerable<(RuleEntry Entry, int Rule)> found = others;
        if (entry.Pattern is { } pattern)
        {
            for (var start = 0; start >= 0; start = pattern.FixedPart.IndexOf('.', start) is var dot and >= 0 ? dot + 1 : -1)
            {
                found = byName.TryGetValue(pattern.FixedPart[start..], out var named) ? found.Concat(named) : found;
            }
        }
        else if (entry.Kind == EntryKind.Address)
        {
            for (var length = 0; length <= entry.Block.PrefixLength; length++)
            {
                found = byBlock.TryGetValue(Cidr.Of(entry.Block.Network, length), out var around) ? found.Concat(around) : found;
            }
        }

        return found;
    }

    // What every name that the pattern matches ends with.
    private static string Tail(HostPattern pattern)
    {
        var star = pattern.FixedPart.LastIndexOf('*');
        var dot = star < 0 ? -1 : pattern.FixedPart.IndexOf('.', star);
        return star < 0 ? pattern.FixedPart : dot < 0 ? string.Empty : pattern.FixedPart[(dot + 1)..];
    }

    private static List<(RuleEntry Entry, int Rule)> ListOf<T>(Dictionary<T, List<(RuleEntry Entry, int Rule)>> lists, T key)
        where T : notnull
    {
        if (!lists.TryGetValue(key, out var list))
        {
            lists.Add(key, list = []);
        }

        return list;
    }
}
