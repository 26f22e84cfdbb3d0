using System.Diagnostics.CodeAnalysis;

namespace SniProxy.Core.Names;

/// <summary>
/// Patterns with a value each, looked up by name; of several that match, the one that was given first wins. A look-up costs one
/// probe for the name and one for each of its suffixes, however many patterns there are, plus one comparison for each glob.
/// </summary>
public sealed class HostTable<T>
{
    private readonly Dictionary<string, Item> exact = [];
    private readonly Dictionary<string, Suffix> suffixes = [];
    private readonly List<(HostPattern Pattern, Item Item)> globs = [];

    /// <param name="patterns">In order: of two that match a name the first one counts.</param>
    public HostTable(IEnumerable<KeyValuePair<HostPattern, T>> patterns)
    {
        foreach (var (pattern, value) in patterns)
        {
            Add(pattern, new Item(Count++, value));
        }
    }

    /// <summary>How many patterns were given.</summary>
    public int Count { get; }

    /// <summary>The value and position of the first pattern that matches.</summary>
    public bool TryFind(HostName name, [MaybeNullWhen(false)] out T value, out int position)
    {
        var best = exact.TryGetValue(name.Value, out var found) ? found : Item.None;
        if (name.Value.Contains('.'))
        {
            best = FirstSuffix(name.Value, best);
            foreach (var (pattern, item) in globs)
            {
                if (item.Position > best.Position)
                {
                    break;
                }

                best = pattern.Matches(name) ? item : best;
            }
        }

        position = best.Position;
        value = best.Value;
        return best.Position != int.MaxValue;
    }

    private Item FirstSuffix(string name, Item best)
    {
        var lookup = suffixes.GetAlternateLookup<ReadOnlySpan<char>>();
        if (lookup.TryGetValue(name, out var self))
        {
            best = Earlier(best, self.Self);
        }

        for (var dot = name.IndexOf('.'); dot >= 0; dot = name.IndexOf('.', dot + 1))
        {
            if (lookup.TryGetValue(name.AsSpan(dot + 1), out var suffix))
            {
                best = Earlier(best, suffix.AnyDepth);
                best = name.IndexOf('.') == dot ? Earlier(best, suffix.OneLabel) : best;
            }
        }

        return best;
    }

    private void Add(HostPattern pattern, Item item)
    {
        if (pattern.Kind == HostPatternKind.Exact)
        {
            exact.TryAdd(pattern.FixedPart, item);
            return;
        }

        if (pattern.Kind == HostPatternKind.Glob)
        {
            globs.Add((pattern, item));
            return;
        }

        suffixes.TryAdd(pattern.FixedPart, new Suffix(Item.None, Item.None, Item.None));
        var suffix = suffixes[pattern.FixedPart];
        suffixes[pattern.FixedPart] = pattern.Kind switch
        {
            HostPatternKind.OneLabel => suffix with { OneLabel = Earlier(suffix.OneLabel, item) },
            HostPatternKind.AnyDepth => suffix with { AnyDepth = Earlier(suffix.AnyDepth, item) },
            _ => suffix with { AnyDepth = Earlier(suffix.AnyDepth, item), Self = Earlier(suffix.Self, item) },
        };
    }

    private static Item Earlier(Item left, Item right) => right.Position < left.Position ? right : left;

    private readonly record struct Item(int Position, T? Value)
    {
        public static Item None => new(int.MaxValue, default);
    }

    private readonly record struct Suffix(Item OneLabel, Item AnyDepth, Item Self);
}
