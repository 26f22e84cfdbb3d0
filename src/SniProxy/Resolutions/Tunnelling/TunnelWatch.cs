using System.Collections.Concurrent;
using SniProxy.Core.Names;

namespace SniProxy.Resolutions.Tunnelling;

/// <summary>
/// Watches the names that sandboxes have resolved under suffixes of which they may ask any name: whoever owns such a suffix reads what is asked.
/// Both doors ask here before they ask upstream. Like the rest of this room it knows no policy: names that a rule spells out are not brought here.
/// </summary>
/// <param name="options">The limits.</param>
/// <param name="suffixes">The public suffix list, read when it is first needed.</param>
/// <param name="clock">For the windows.</param>
internal sealed class TunnelWatch(TunnelOptions options, Func<PublicSuffixes> suffixes, TimeProvider clock)
{
    private const int PurgeAbove = 1024;

    private readonly ConcurrentDictionary<long, WatchedSuffixes> sandboxes = new();

    /// <summary>Counts a name and says whether it may be asked upstream.</summary>
    /// <param name="lifecycle">The sandbox's.</param>
    /// <param name="name">The name.</param>
    /// <param name="isUnneededType">It is asked for a type that no honest program needs.</param>
    public TunnelFinding Ask(long lifecycle, HostName name, bool isUnneededType = false)
    {
        if (!sandboxes.TryGetValue(lifecycle, out var watched))
        {
            Purge();
            watched = sandboxes.GetOrAdd(lifecycle, static (_, watch) => watch.Create(), this);
        }

        return watched.Ask(name, suffixes().RegistrableStart(name.Value), isUnneededType);
    }

    /// <summary>Notes what came of the question that the finding is about.</summary>
    /// <param name="finding">From <see cref="Ask"/>.</param>
    /// <param name="hasLeft">It was asked upstream, not answered from the cache.</param>
    /// <param name="status">The answer's.</param>
    public static void Note(in TunnelFinding finding, bool hasLeft, ResolutionStatus status) =>
        finding.Window?.Note(hasLeft, finding.IsNew, status == ResolutionStatus.NxDomain);

    /// <summary>What a name's suffix was told or denied for.</summary>
    public string Describe(long lifecycle, HostName name) =>
        sandboxes.TryGetValue(lifecycle, out var watched) ? watched.Describe(name.Value.AsSpan(suffixes().RegistrableStart(name.Value))) : "a tunnel";

    /// <summary>Drops everything of a sandbox that has ended.</summary>
    public void Forget(long lifecycle) => sandboxes.TryRemove(lifecycle, out _);

    private WatchedSuffixes Create() => new(options, clock);

    // One that is idle is the same as a new one, so nothing is lost with it.
    private void Purge()
    {
        if (sandboxes.Count < PurgeAbove)
        {
            return;
        }

        foreach (var (lifecycle, watched) in sandboxes)
        {
            if (watched.IsIdle)
            {
                sandboxes.TryRemove(lifecycle, out _);
            }
        }
    }
}
