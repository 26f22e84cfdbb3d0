using System.Diagnostics.CodeAnalysis;

namespace SniProxy.Core.Names;

/// <summary>
/// What a rule says about names: one name, or a wildcard over whole labels. Labels are compared as labels, so that
/// <c>**.x.example</c> never covers <c>notx.example</c>, and a name of a single label is matched by its exact spelling only.
/// </summary>
public sealed class HostPattern
{
    private readonly string fixedPart;

    private HostPattern(HostPatternKind kind, string text, string fixedPart)
    {
        Kind = kind;
        Text = text;
        this.fixedPart = fixedPart;
    }

    public HostPatternKind Kind { get; }

    /// <summary>The pattern in canonical spelling.</summary>
    public string Text { get; }

    /// <summary>The name of an exact pattern, the name behind the wildcard of the others; for a <see cref="HostPatternKind.Glob"/> the whole pattern.</summary>
    public string FixedPart => fixedPart;

    /// <summary>Reads a pattern as a rule writes it; names in other scripts are turned into their A-labels.</summary>
    /// <param name="text">The pattern, without scheme and port.</param>
    /// <param name="pattern">The pattern, or null.</param>
    /// <param name="fault">What is wrong with the text and what to write instead.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out HostPattern? pattern, out PatternFault fault) =>
        HostPatternReader.TryRead(text, out pattern, out fault);

    public bool Matches(HostName name)
    {
        var value = name.Value;
        return Kind switch
        {
            HostPatternKind.Exact => string.Equals(value, fixedPart, StringComparison.Ordinal),
            HostPatternKind.OneLabel => IsBelow(value) && !value.AsSpan(0, value.Length - fixedPart.Length - 1).Contains('.'),
            HostPatternKind.AnyDepth => IsBelow(value),
            HostPatternKind.SelfAndBelow => IsBelow(value) || (string.Equals(value, fixedPart, StringComparison.Ordinal) && value.Contains('.')),
            _ => value.Contains('.') && LabelGlob.Matches(fixedPart, value),
        };
    }

    /// <summary>True when some name below this one is matched.</summary>
    public bool MatchesBelow(HostName name) => Kind switch
    {
        HostPatternKind.Exact => EndsBelow(fixedPart, name.Value),
        HostPatternKind.OneLabel => string.Equals(fixedPart, name.Value, StringComparison.Ordinal) || EndsBelow(fixedPart, name.Value),
        HostPatternKind.AnyDepth or HostPatternKind.SelfAndBelow =>
            string.Equals(fixedPart, name.Value, StringComparison.Ordinal) || EndsBelow(fixedPart, name.Value) || IsBelow(name.Value),
        _ => LabelGlob.MatchesBelow(fixedPart, name.Value),
    };

    public override string ToString() => Text;

    internal static HostPattern Create(HostPatternKind kind, string text, string fixedPart) => new(kind, text, fixedPart);

    private static bool EndsBelow(string value, string suffix) =>
        value.Length > suffix.Length && value[value.Length - suffix.Length - 1] == '.' && value.EndsWith(suffix, StringComparison.Ordinal);

    private bool IsBelow(string value) => EndsBelow(value, fixedPart);
}
