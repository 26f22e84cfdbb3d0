using System.Globalization;

namespace SniProxy.Core.Policies;

/// <summary>One mistake in a policy document.</summary>
/// <param name="File">The file or whatever the document came from.</param>
/// <param name="Line">Counted from 1; 0 where the document as a whole is meant.</param>
/// <param name="Column">Counted from 1.</param>
/// <param name="Path">Where in the document, such as <c>rules[2].allow[0]</c>; empty for the document itself.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Fix">What to write instead.</param>
public sealed record PolicyError(string File, int Line, int Column, string Path, string Message, string Fix)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{File}({Line},{Column}): {(Path.Length == 0 ? string.Empty : Path + ": ")}{Message}; {Fix}");
}
