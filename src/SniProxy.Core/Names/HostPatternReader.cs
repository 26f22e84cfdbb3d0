using System.Diagnostics.CodeAnalysis;

namespace SniProxy.Core.Names;

/// <summary>Reads the written form of a <see cref="HostPattern"/>.</summary>
internal static class HostPatternReader
{
    public static bool TryRead(string text, [NotNullWhen(true)] out HostPattern? pattern, out PatternFault fault)
    {
        pattern = null;
        if (!InternationalName.TryToAscii(text, out var ascii, out fault))
        {
            return false;
        }

        var (kind, prefixLength) = KindOf(ascii);
        var rest = ascii[prefixLength..];
        if (rest.EndsWith('.'))
        {
            rest = rest[..^1];
        }

        // A wildcard takes a place in a name, so that what is left must be a name with a letter in its stead (and no second dot at its end).
        var syntax = rest.EndsWith('.') ? HostNameSyntax.Malformed : HostName.TryParse(rest.Replace('*', 'a'), out _);
        if (syntax == HostNameSyntax.Valid && Refusal(kind, rest) is { } refusal)
        {
            fault = refusal;
            return false;
        }

        if (syntax != HostNameSyntax.Valid)
        {
            fault = syntax == HostNameSyntax.Address
                ? new PatternFault($"\"{text}\" is neither a name nor a plainly written address", "write an IPv4 address as four decimal numbers without leading zeros, such as 203.0.113.7")
                : new PatternFault($"\"{text}\" is no host name", "write labels of letters, digits, \"-\" and \"_\" with single dots between them, at most 63 characters each and 253 in all");
            return false;
        }

        pattern = HostPattern.Create(kind, ascii[..prefixLength] + rest, rest);
        return true;
    }

    private static (HostPatternKind Kind, int PrefixLength) KindOf(string text)
    {
        if (text.StartsWith("**.", StringComparison.Ordinal))
        {
            return (HostPatternKind.AnyDepth, 3);
        }

        if (text.StartsWith('.'))
        {
            return (HostPatternKind.SelfAndBelow, 1);
        }

        if (text.StartsWith("*.", StringComparison.Ordinal) && !text.AsSpan(2).Contains('*'))
        {
            return (HostPatternKind.OneLabel, 2);
        }

        return (text.Contains('*') ? HostPatternKind.Glob : HostPatternKind.Exact, 0);
    }

    private static PatternFault? Refusal(HostPatternKind kind, string rest)
    {
        if (rest.Contains("**", StringComparison.Ordinal))
        {
            return new PatternFault("\"**\" stands at the beginning only, before a dot", "write \"**.\" and the name under which every depth is meant");
        }

        if (kind is not (HostPatternKind.Exact or HostPatternKind.Glob) && rest.Contains('*'))
        {
            return new PatternFault("a wildcard for every depth cannot be joined with another one", "write one entry for each name, or the shorter name behind \"**.\"");
        }

        if (kind == HostPatternKind.Glob && !rest.Contains('.'))
        {
            return new PatternFault("a wildcard never matches a name of one label", "write the name out, or \"any\" when everything is meant");
        }

        return null;
    }
}
