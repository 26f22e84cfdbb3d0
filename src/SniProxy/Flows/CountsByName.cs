using System.Collections.Concurrent;

namespace SniProxy.Flows;

/// <summary>
/// Counts for each listener or policy, found by its name: nearly always by the very string that was asked for last. They are there to be
/// observed, so that to count is to add to a number and nothing more.
/// </summary>
/// <param name="create">Makes the counts of a name.</param>
internal sealed class CountsByName<T>(Func<string, T> create)
    where T : class
{
    /// <summary>What further names are counted under: names of policies are many where somebody makes them by the thousand.</summary>
    public const string Others = "others";

    /// <summary>As many names are kept apart.</summary>
    public const int MaxNames = 1_000;

    private readonly ConcurrentDictionary<string, Entry> entries = new(StringComparer.Ordinal);
    private Entry? latest;

    /// <summary>All that were asked for, in no order.</summary>
    public IEnumerable<(string Name, T Counts)> All => entries.Select(entry => (entry.Key, entry.Value.Counts));

    public T Of(string name)
    {
        var entry = Volatile.Read(ref latest);
        return entry is not null && ReferenceEquals(entry.Name, name) ? entry.Counts : Find(name);
    }

    private T Find(string name)
    {
        if (!entries.TryGetValue(name, out var entry))
        {
            var kept = entries.Count < MaxNames ? name : Others;
            entry = entries.GetOrAdd(kept, static (kept, create) => new Entry(kept, create(kept)), create);
        }

        Volatile.Write(ref latest, entry);
        return entry.Counts;
    }

    private sealed record Entry(string Name, T Counts);
}
