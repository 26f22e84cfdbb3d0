using System.Globalization;

namespace SniProxy.Core.Policies.Lint;

/// <summary>Something in a policy that is allowed and yet seldom meant.</summary>
/// <param name="Lint">Which lint found it, such as <c>unreachable</c>.</param>
/// <param name="File">The file or whatever the document came from.</param>
/// <param name="Line">Counted from 1.</param>
/// <param name="Column">Counted from 1.</param>
/// <param name="Path">Where in the document, such as <c>rules[2].allow[0]</c>; empty for the document itself.</param>
/// <param name="Message">What it is.</param>
/// <param name="Fix">What to write instead.</param>
public sealed record LintFinding(string Lint, string File, int Line, int Column, string Path, string Message, string Fix)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}:{Column}: {Message}; {Fix} [{Lint}]");
}
