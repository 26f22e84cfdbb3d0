using SniProxy.Core.Names;

namespace SniProxy.Core.Policies;

/// <summary>A name that a pattern misses only by its depth, and what to write instead.</summary>
internal static class DepthMiss
{
    public static string? Find(HostPattern pattern, HostName name)
    {
        var part = pattern.FixedPart;
        var isSame = string.Equals(part, name.Value, StringComparison.Ordinal);
        var isBelow = name.Value.Length > part.Length && name.Value.EndsWith(part, StringComparison.Ordinal) && name.Value[^(part.Length + 1)] == '.';
        return pattern.Kind switch
        {
            HostPatternKind.OneLabel when isBelow && !pattern.Matches(name) => $"{name}: \"{pattern}\" covers one label; \"**.{part}\" covers any depth",
            HostPatternKind.OneLabel when isSame => $"{name}: \"{pattern}\" covers one label below it; \"{name}\" covers the name itself",
            HostPatternKind.AnyDepth when isSame => $"{name}: \"{pattern}\" covers what is below it; \".{part}\" covers the name itself as well",
            HostPatternKind.Exact when isBelow && part.Contains('.') => $"{name}: \"{pattern}\" covers that name only; \".{part}\" covers any depth below it as well",
            _ => null,
        };
    }
}
