namespace SniProxy.Core.Policies.Tables;

/// <summary>What is written out in one label of a pattern: all of it, or what stands before its first and behind its last wildcard.</summary>
internal readonly record struct GlobLabel(byte Prefix, byte Suffix)
{
    public static GlobLabel Whole { get; } = new(byte.MaxValue, byte.MaxValue);

    public bool IsWhole => Prefix == byte.MaxValue;
}
