using SniProxy.Core.Names;

namespace SniProxy.Resolutions.Tunnelling;

/// <summary>
/// The suffixes that one sandbox asks about. There is room for <see cref="MaxSuffixes"/> at a time; what finds none shares one window, in which only odd names
/// count, so that many suffixes neither grow this nor hide what goes out under them.
/// </summary>
internal sealed class WatchedSuffixes
{
    /// <summary>About a megabyte for a sandbox that does its worst.</summary>
    public const int MaxSuffixes = 64;

    private readonly TunnelOptions options;
    private readonly TimeProvider clock;
    private readonly Lock gate = new();
    private readonly Dictionary<string, SuffixWindow> windows = [];
    private readonly SuffixWindow others;

    public WatchedSuffixes(TunnelOptions options, TimeProvider clock)
    {
        this.options = options;
        this.clock = clock;
        others = new SuffixWindow(null, options, clock);
    }

    public TunnelFinding Ask(HostName name, int suffixStart, bool isUnneededType)
    {
        var window = WindowOf(name.Value.AsSpan(suffixStart));
        var weight = isUnneededType ? NameWeight.Unneeded
            : NameWeight.IsOdd(name.Value, suffixStart, options) ? NameWeight.Odd
            : window == others ? 0
            : NameWeight.Ordinary;

        // The runtime seeds its hash of strings at random, so that nobody finds names which are taken for each other.
        return window.Ask(name.Value.GetHashCode(StringComparison.Ordinal), weight);
    }

    public string Describe(ReadOnlySpan<char> suffix) => WindowOf(suffix).Describe();

    public bool IsIdle
    {
        get
        {
            lock (gate)
            {
                return others.IsIdle && windows.Values.All(window => window.IsIdle);
            }
        }
    }

    private SuffixWindow WindowOf(ReadOnlySpan<char> suffix)
    {
        lock (gate)
        {
            if (windows.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(suffix, out var known))
            {
                return known;
            }

            if (windows.Count >= MaxSuffixes && !TryMakeRoom())
            {
                return others;
            }

            var text = suffix.ToString();
            return windows[text] = new SuffixWindow(text, options, clock);
        }
    }

    private bool TryMakeRoom()
    {
        foreach (var (suffix, window) in windows)
        {
            if (window.IsIdle)
            {
                windows.Remove(suffix);
            }
        }

        return windows.Count < MaxSuffixes;
    }
}
