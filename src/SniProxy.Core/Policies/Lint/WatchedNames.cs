using SniProxy.Core.Names;

namespace SniProxy.Core.Policies.Lint;

/// <summary>The lists of names that need a second look on an allow list. They come with the program, each with its origin and its date.</summary>
public sealed class WatchedNames
{
    private readonly Dictionary<string, ListedName> openSuffixes = [];
    private readonly List<ListedName> openPatterns = [];
    private readonly Dictionary<string, string> openBelow = [];

    /// <param name="suffixes">The public suffix list.</param>
    /// <param name="open">Suffixes, with a star for a label that varies, under which anybody can have a name.</param>
    /// <param name="dohServers">Public servers of DNS over HTTPS.</param>
    /// <param name="echOuterNames">Server names that handshakes with Encrypted ClientHello show in place of the real one.</param>
    public WatchedNames(PublicSuffixes suffixes, IReadOnlyList<ListedName> open, IReadOnlyList<ListedName> dohServers, IReadOnlyList<ListedName> echOuterNames)
    {
        Suffixes = suffixes;
        DohServers = dohServers;
        EchOuterNames = echOuterNames;
        foreach (var name in open)
        {
            if (name.Pattern is { Kind: HostPatternKind.Exact } exact)
            {
                openSuffixes.TryAdd(exact.Text, name);
            }
            else if (name.Pattern is not null)
            {
                openPatterns.Add(name);
            }

            AddParents(name.Pattern?.Text ?? string.Empty);
        }

        foreach (var suffix in suffixes.Private)
        {
            AddParents(suffix);
        }
    }

    public static WatchedNames None { get; } = new(PublicSuffixes.Empty, [], [], []);

    public PublicSuffixes Suffixes { get; }

    public IReadOnlyList<ListedName> DohServers { get; }

    public IReadOnlyList<ListedName> EchOuterNames { get; }

    /// <summary>True for a name, with or without stars in it, under which anybody can have a name.</summary>
    /// <param name="suffix">The name.</param>
    /// <param name="owner">Who gives them away, where that is known.</param>
    public bool IsOpen(string suffix, out string owner)
    {
        if (openSuffixes.TryGetValue(suffix, out var listed) || (listed = openPatterns.Find(open => Agree(open.Pattern, suffix))) is not null)
        {
            owner = listed.Owner;
            return true;
        }

        owner = string.Empty;
        return (Suffixes.IsSuffix(suffix, out var isPrivate) && isPrivate)
            || (suffix.Contains('*', StringComparison.Ordinal) && openSuffixes.Keys.Concat(Suffixes.Private).Any(open => LabelGlob.Matches(suffix, open)));
    }

    /// <summary>A suffix somewhere below the name under which anybody can have a name, or null.</summary>
    public string? FindOpenBelow(string name) => openBelow.GetValueOrDefault(name);

    private static bool Agree(HostPattern? open, string suffix) => open is not null && (open.Text == suffix || LabelGlob.Matches(open.Text, suffix));

    private void AddParents(string suffix)
    {
        for (var dot = suffix.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = suffix.IndexOf('.', dot + 1))
        {
            openBelow.TryAdd(suffix[(dot + 1)..], suffix);
        }
    }
}
