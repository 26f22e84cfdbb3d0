using System.Text;
using SniProxy.Core.Names;

namespace SniProxy.Core.Policies.Tables;

/// <summary>
/// A pattern whose text stands among those of its neighbours, one byte a letter: of many entries, a third of the memory, and no object to
/// be fetched before it. It matches what the <see cref="HostPattern"/> matches; those with wildcards elsewhere than in front are not packed.
/// </summary>
internal readonly struct PackedPattern
{
    private readonly int start;
    private readonly byte length;
    private readonly HostPatternKind kind;

    private PackedPattern(int start, int length, HostPatternKind kind)
    {
        this.start = start;
        this.length = (byte)length;
        this.kind = kind;
    }

    /// <summary>False for the default value.</summary>
    public bool IsPacked => length > 0;

    /// <param name="pattern">The pattern, or null.</param>
    /// <param name="texts">Where its text is written.</param>
    /// <param name="start">Where in them; then the end of it.</param>
    public static PackedPattern Of(HostPattern? pattern, Span<byte> texts, ref int start)
    {
        if (pattern is null or { Kind: HostPatternKind.Glob })
        {
            return default;
        }

        var packed = new PackedPattern(start, Encoding.ASCII.GetBytes(pattern.FixedPart, texts[start..]), pattern.Kind);
        start += packed.length;
        return packed;
    }

    /// <param name="texts">All texts.</param>
    /// <param name="name">The name.</param>
    public bool Matches(ReadOnlySpan<byte> texts, HostName name)
    {
        var text = texts.Slice(start, length);
        var value = name.Value;
        return kind switch
        {
            HostPatternKind.Exact => Ascii.Equals(text, value),
            HostPatternKind.OneLabel => IsBelow(value, text) && !value.AsSpan(0, value.Length - length - 1).Contains('.'),
            HostPatternKind.AnyDepth => IsBelow(value, text),
            _ => IsBelow(value, text) || (Ascii.Equals(text, value) && value.Contains('.')),
        };
    }

    private static bool IsBelow(string value, ReadOnlySpan<byte> text) =>
        value.Length > text.Length && value[value.Length - text.Length - 1] == '.' && Ascii.Equals(text, value.AsSpan(value.Length - text.Length));
}
