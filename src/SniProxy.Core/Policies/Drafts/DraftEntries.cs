using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies.Exports;
using SniProxy.Core.Policies.Lint;
using SniProxy.Core.Policies.Replays;

namespace SniProxy.Core.Policies.Drafts;

/// <summary>The fewest entries that cover flows one by one, without wildcards.</summary>
internal static class DraftEntries
{
    public static IReadOnlyList<PolicyEntry> Of(IEnumerable<RecordedFlow> flows)
    {
        var entries = flows
            .Select(flow => NearMiss.Entry(flow.ToFlow()))
            .OfType<string>()
            .Distinct()
            .Select(Read)
            .GroupBy(entry => (entry.Scheme, entry.Kind, Host: entry.Kind == EntryKind.Name ? entry.Pattern?.Text : entry.Block.ToString()))
            .OrderBy(group => group.Key.Host, StringComparer.Ordinal).ThenBy(group => group.Key.Scheme)
            .Select(group => With(group.First(), Union(group.Select(entry => entry.Ports ?? PortSet.Web))))
            .ToList();
        return Without(entries);
    }

    /// <summary>The entry on these ports.</summary>
    public static PolicyEntry With(PolicyEntry entry, PortSet ports) => Read(EntryText.Of(
        new PolicyEntry { Text = entry.Text, Kind = entry.Kind, Pattern = entry.Pattern, Block = entry.Block, Ports = ports, Scheme = entry.Scheme }, isAllow: true));

    public static PolicyEntry Read(string text) => EntryReader.TryRead(text, isAllow: true, out var entry, out var fault)
        ? entry
        : throw new InvalidOperationException($"{text}: {fault.Message}");

    /// <summary>The entries that no other one of them covers.</summary>
    public static IReadOnlyList<PolicyEntry> Without(List<PolicyEntry> entries)
    {
        var index = new CoverIndex();
        var rules = entries.Select(entry => new RuleEntry(entry, Decision.Allow)).ToArray();
        for (var i = 0; i < rules.Length; i++)
        {
            index.Add(rules[i], i);
        }

        return [.. entries.Where((_, i) => !index.IsCoveredByAnother(rules[i], i))];
    }

    private static PortSet Union(IEnumerable<PortSet> sets)
    {
        _ = PortSet.TryParse(string.Join(',', sets.Select(set => set.IsAll ? "1-65535" : set.ToString())), out var ports);
        return ports;
    }
}
