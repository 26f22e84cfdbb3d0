using SniProxy.Core.Names;

namespace SniProxy.Core.Policies.Lint;

/// <summary>Whether a pattern matches everything that another one does. False where that cannot be told from the patterns alone.</summary>
internal static class PatternCover
{
    public static bool Covers(HostPattern wide, HostPattern narrow) => wide.Kind switch
    {
        HostPatternKind.Exact => narrow.Kind == HostPatternKind.Exact && narrow.Text == wide.Text,
        HostPatternKind.OneLabel => CoversOneLabel(wide.FixedPart, narrow),
        HostPatternKind.AnyDepth => CoversBelow(wide.FixedPart, narrow),
        HostPatternKind.SelfAndBelow => CoversBelow(wide.FixedPart, narrow)
            || (narrow.FixedPart == wide.FixedPart && narrow.Kind is HostPatternKind.Exact or HostPatternKind.SelfAndBelow),
        _ => narrow.Text == wide.Text || (narrow.Kind == HostPatternKind.Exact && LabelGlob.Matches(wide.Text, narrow.Text)),
    };

    private static bool CoversOneLabel(string part, HostPattern narrow) => narrow.Kind switch
    {
        HostPatternKind.OneLabel => narrow.FixedPart == part,
        HostPatternKind.Exact or HostPatternKind.Glob => IsBelow(narrow.FixedPart, part) && !narrow.FixedPart.AsSpan(0, narrow.FixedPart.Length - part.Length - 1).Contains('.'),
        _ => false,
    };

    private static bool CoversBelow(string part, HostPattern narrow) =>
        IsBelow(narrow.FixedPart, part) || (narrow.FixedPart == part && narrow.Kind is HostPatternKind.OneLabel or HostPatternKind.AnyDepth);

    private static bool IsBelow(string name, string part) =>
        name.Length > part.Length && name[name.Length - part.Length - 1] == '.' && name.EndsWith(part, StringComparison.Ordinal);
}
