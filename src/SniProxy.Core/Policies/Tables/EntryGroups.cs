using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;

namespace SniProxy.Core.Policies.Tables;

/// <summary>
/// Entries of one kind, put together by decision, ports and scheme: where a look-up cannot go by what entries name (the name is unknown, the
/// address open, the entry <c>any</c>), those of one group fit a flow's port and protocol all or not at all. Of one rule, the first speaks for all.
/// </summary>
internal sealed class EntryGroups
{
    private readonly int[][] groups;

    private EntryGroups(int[][] groups) => this.groups = groups;

    public static EntryGroups Empty { get; } = new([]);

    /// <param name="entries">The entries.</param>
    /// <param name="kind">Which of them.</param>
    /// <param name="ruleOf">Tells the rules apart in which the entries at these positions stand; those of one rule follow each other.</param>
    public static EntryGroups Of(ReadOnlySpan<RuleEntry> entries, EntryKind kind, Func<int, int> ruleOf)
    {
        var byFit = new Dictionary<(Decision?, PortSet, EntryScheme), List<int>>();
        for (var position = 0; position < entries.Length; position++)
        {
            var entry = entries[position];
            if (entry.Kind != kind)
            {
                continue;
            }

            var key = (entry.Decision, entry.Ports, entry.Scheme);
            if (!byFit.TryGetValue(key, out var group))
            {
                byFit.Add(key, group = []);
            }

            if (group is not [.., var before] || ruleOf(before) != ruleOf(position))
            {
                group.Add(position);
            }
        }

        return byFit.Count == 0 ? Empty : new EntryGroups([.. byFit.Values.Select(group => group.ToArray())]);
    }

    public bool IsEmpty => groups.Length == 0;

    /// <summary>The positions of each group, in ascending order.</summary>
    public ReadOnlySpan<int[]> All => groups;
}
