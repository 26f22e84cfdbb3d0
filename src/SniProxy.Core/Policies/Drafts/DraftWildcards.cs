using SniProxy.Core.Names;
using SniProxy.Core.Policies.Exports;
using SniProxy.Core.Policies.Lint;

namespace SniProxy.Core.Policies.Drafts;

/// <summary>Lets a wildcard stand for names side by side, where nobody but the owner of the name behind it can register names there.</summary>
internal static class DraftWildcards
{
    public static IReadOnlyList<PolicyEntry> Widen(IReadOnlyList<PolicyEntry> entries, DraftOptions options)
    {
        if (options.WidenFrom <= 0)
        {
            return entries;
        }

        var wide = entries
            .Where(entry => entry.Pattern is { Kind: HostPatternKind.Exact } pattern && pattern.FixedPart.Contains('.', StringComparison.Ordinal))
            .GroupBy(entry => (entry.Scheme, entry.Ports, Parent: ParentOf(entry)))
            .Where(group => group.Count() >= options.WidenFrom && IsHarmless(group.Key.Parent, options.Names))
            .Select(group => DraftEntries.Read(EntryText.Of(
                new PolicyEntry { Text = string.Empty, Kind = EntryKind.Name, Pattern = Wildcard(group.Key.Parent), Ports = group.Key.Ports, Scheme = group.Key.Scheme }, isAllow: true)))
            .ToList();
        return wide.Count == 0 ? entries : DraftEntries.Without([.. wide, .. entries]);
    }

    /// <summary>True where one label below the name is its owner's to give, and no server of a watched list is among them.</summary>
    public static bool IsHarmless(string parent, WatchedNames names)
    {
        var wildcard = Wildcard(parent);
        return wildcard is not null
            && names.Suffixes.IsRegistered(parent)
            && WildcardLint.Find(wildcard, names) is null
            && !names.DohServers.Concat(names.EchOuterNames).Any(listed => listed.Pattern is not null && PatternCover.Covers(wildcard, listed.Pattern));
    }

    private static HostPattern? Wildcard(string parent) => HostPattern.TryParse($"*.{parent}", out var pattern, out _) ? pattern : null;

    private static string ParentOf(PolicyEntry entry) => entry.Pattern is { } pattern ? pattern.FixedPart[(pattern.FixedPart.IndexOf('.', StringComparison.Ordinal) + 1)..] : string.Empty;
}
