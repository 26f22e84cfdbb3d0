namespace SniProxy.Core.Names;

/// <summary>Patterns with a <c>*</c> that stands for a whole label or for at least one character inside one; it never crosses a dot.</summary>
internal static class LabelGlob
{
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        while (true)
        {
            var patternDot = pattern.LastIndexOf('.');
            var nameDot = name.LastIndexOf('.');
            if (!MatchesLabel(pattern[(patternDot + 1)..], name[(nameDot + 1)..]) || patternDot < 0 != nameDot < 0)
            {
                return false;
            }

            if (patternDot < 0)
            {
                return true;
            }

            pattern = pattern[..patternDot];
            name = name[..nameDot];
        }
    }

    /// <summary>True when the last labels of the pattern match all of the name and the pattern has more.</summary>
    public static bool MatchesBelow(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        while (true)
        {
            var patternDot = pattern.LastIndexOf('.');
            var nameDot = name.LastIndexOf('.');
            if (patternDot < 0 || !MatchesLabel(pattern[(patternDot + 1)..], name[(nameDot + 1)..]))
            {
                return false;
            }

            if (nameDot < 0)
            {
                return true;
            }

            pattern = pattern[..patternDot];
            name = name[..nameDot];
        }
    }

    // A star takes one character, and one more whenever what follows it does not fit. Only the last star ever has to: what stood before it
    // was matched as early as can be, which leaves the most to what comes behind. So the work is the product of the two lengths at most,
    // whatever name a client asks for.
    private static bool MatchesLabel(ReadOnlySpan<char> pattern, ReadOnlySpan<char> label)
    {
        var (at, star, taken) = (0, -1, 0);
        for (var i = 0; i < label.Length;)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                (star, taken) = (at++, i++);
            }
            else if (at < pattern.Length && pattern[at] == label[i])
            {
                at++;
                i++;
            }
            else if (star >= 0)
            {
                at = star + 1;
                i = ++taken + 1;
            }
            else
            {
                return false;
            }
        }

        return at == pattern.Length;
    }
}
