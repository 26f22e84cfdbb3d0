namespace SniProxy.Tests.Policies.Plain;

/// <summary>Which names a written pattern covers, compared label by label.</summary>
internal sealed class WrittenPattern
{
    private readonly string written;
    private readonly string[] labels;

    public WrittenPattern(string text)
    {
        written = text.ToLowerInvariant().TrimEnd('.');
        labels = written.Split('.');
    }

    /// <param name="name">In its canonical form.</param>
    public bool Matches(string name)
    {
        if (!written.Contains('*') && !written.StartsWith('.'))
        {
            return name == written;
        }

        // A wildcard is about labels below something; a name of one label is below nothing.
        if (!name.Contains('.'))
        {
            return false;
        }

        return written.StartsWith("**.", StringComparison.Ordinal) ? name.EndsWith(written[2..], StringComparison.Ordinal) && name.Length > written.Length - 2
            : written.StartsWith('.') ? name == written[1..] || name.EndsWith(written, StringComparison.Ordinal)
            : name.Split('.') is var own && own.Length == labels.Length && own.Zip(labels).All(pair => Fits(pair.First, pair.Second));
    }

    private static bool Fits(ReadOnlySpan<char> label, ReadOnlySpan<char> glob)
    {
        if (glob.IsEmpty)
        {
            return label.IsEmpty;
        }

        if (glob[0] != '*')
        {
            return !label.IsEmpty && label[0] == glob[0] && Fits(label[1..], glob[1..]);
        }

        // A star inside a label stands for at least one character, as one for a whole label does.
        for (var i = 1; i <= label.Length; i++)
        {
            if (Fits(label[i..], glob[1..]))
            {
                return true;
            }
        }

        return false;
    }
}
