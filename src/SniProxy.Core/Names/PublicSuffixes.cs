namespace SniProxy.Core.Names;

/// <summary>
/// The public suffix list (publicsuffix.org/list, "Algorithm"): below which names the public can register names of its own. Its first part
/// holds the suffixes of registries, its second, private, part those of companies that give names under their own to anybody.
/// </summary>
public sealed class PublicSuffixes
{
    private const string PrivateMark = "===BEGIN PRIVATE DOMAINS===";

    private readonly Dictionary<string, bool> rules = [];
    private readonly Dictionary<string, bool> wildcards = [];
    private readonly HashSet<string> exceptions = [];
    private int mostLabels = 1;

    private PublicSuffixes()
    {
    }

    public static PublicSuffixes Empty { get; } = new();

    /// <summary>The suffixes that companies give to anybody, as they are listed, without those with a wildcard.</summary>
    public IEnumerable<string> Private => rules.Where(rule => rule.Value).Select(rule => rule.Key);

    /// <param name="text">The list in its own notation. Lines that cannot be read are passed over: the list is no input of ours.</param>
    public static PublicSuffixes Parse(string text)
    {
        var suffixes = new PublicSuffixes();
        var isPrivate = false;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            isPrivate |= line.Contains(PrivateMark, StringComparison.Ordinal);
            var end = line.IndexOfAny(' ', '\t');
            var rule = end < 0 ? line : line[..end];
            if (!rule.IsEmpty && !rule.StartsWith("//"))
            {
                suffixes.Add(rule.ToString(), isPrivate);
            }
        }

        return suffixes;
    }

    /// <summary>True for a name that is a suffix by a rule of the list; a top level that it does not know is none.</summary>
    public bool IsSuffix(ReadOnlySpan<char> name, out bool isPrivate)
    {
        isPrivate = false;
        if (exceptions.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name))
        {
            return false;
        }

        if (rules.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out isPrivate))
        {
            return true;
        }

        var dot = name.IndexOf('.');
        return dot >= 0 && wildcards.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name[(dot + 1)..], out isPrivate);
    }

    /// <summary>
    /// Where the part of a name begins that somebody registered: the longest suffix and one label before it. A top level that the list does
    /// not know is a suffix here (the algorithm's rule "*"); of a name that is a suffix it is all. Allocates nothing.
    /// </summary>
    public int RegistrableStart(ReadOnlySpan<char> name)
    {
        // No rule of the list is longer, so that labels by the hundred are not looked up.
        var at = StartOfLast(mostLabels, name);
        var start = StartOfLast(mostLabels + 1, name);
        while (!IsSuffix(name[at..], out _))
        {
            var dot = name[at..].IndexOf('.');
            if (dot < 0)
            {
                break;
            }

            start = at;
            at += dot + 1;
        }

        return start;
    }

    /// <summary>True for a name below which every label is a suffix of its own (a rule with a star).</summary>
    public bool HoldsSuffixes(string name) => wildcards.ContainsKey(name);

    /// <summary>True for a name with a suffix of the list above it, however far: somebody registered it, or it lies below what somebody registered.</summary>
    public bool IsRegistered(string name)
    {
        for (var dot = name.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = name.IndexOf('.', dot + 1))
        {
            if (IsSuffix(name.AsSpan(dot + 1), out _))
            {
                return !IsSuffix(name, out _);
            }
        }

        return false;
    }

    private static int StartOfLast(int labels, ReadOnlySpan<char> name)
    {
        var start = name.Length;
        for (var i = 0; i < labels && start >= 0; i++)
        {
            start = name[..start].LastIndexOf('.');
        }

        return start + 1;
    }

    private void Add(string rule, bool isPrivate)
    {
        var isException = rule.StartsWith('!');
        var isWildcard = rule.StartsWith("*.", StringComparison.Ordinal);
        if (!InternationalName.TryToAscii(rule[(isException ? 1 : isWildcard ? 2 : 0)..], out var name, out _))
        {
            return;
        }

        mostLabels = Math.Max(mostLabels, 1 + rule.AsSpan().Count('.'));
        if (isException)
        {
            exceptions.Add(name);
        }
        else
        {
            (isWildcard ? wildcards : rules)[name] = isPrivate;
        }
    }
}
