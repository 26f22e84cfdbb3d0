using SniProxy.Core.Names;

namespace SniProxy.Core.Policies.Lint;

/// <summary>Wildcards that cover names which anybody can register.</summary>
internal static class WildcardLint
{
    public static void Check(LintSubject subject)
    {
        foreach (var (_, entry, path) in subject.AllowEntries)
        {
            if (entry.Pattern is { Kind: not HostPatternKind.Exact } pattern && Find(pattern, subject.Facts.Names) is { } found)
            {
                subject.Report(found.Lint, path, found.Message, found.Fix);
            }
        }
    }

    /// <summary>What is wrong with the wildcard, or null.</summary>
    public static (string Lint, string Message, string Fix)? Find(HostPattern pattern, WatchedNames names)
    {
        // As labels, whatever the kind: what stands for many labels begins with one of them.
        var text = pattern.Kind == HostPatternKind.Glob ? pattern.Text : $"*.{pattern.FixedPart}";
        var labels = text.Split('.');
        for (var i = 0; i < labels.Length - 1; i++)
        {
            if (labels[i].Contains('*', StringComparison.Ordinal) && Find(pattern, string.Join('.', labels[(i + 1)..]), names) is { } found)
            {
                return found;
            }
        }

        return pattern.Kind is HostPatternKind.AnyDepth or HostPatternKind.SelfAndBelow && names.FindOpenBelow(pattern.FixedPart) is { } below
            ? ("open-suffix", $"\"{pattern}\" covers the names under {below} too, and anybody can have one there", "name the hosts that are needed, or write \"*.\" where one label is enough")
            : null;
    }

    private static (string Lint, string Message, string Fix)? Find(HostPattern pattern, string suffix, WatchedNames names)
    {
        if (names.IsOpen(suffix, out var owner))
        {
            return ("open-suffix", $"\"{pattern}\" covers what anybody can have under {suffix}{(owner.Length == 0 ? string.Empty : $" ({owner})")}", "write out the names that are yours");
        }

        return names.Suffixes.IsSuffix(suffix, out _) || names.Suffixes.HoldsSuffixes(suffix)
            ? ("public-suffix", $"\"{pattern}\" covers every name that anybody registers under the public suffix \"{suffix}\"", "write out the names that are meant")
            : null;
    }
}
