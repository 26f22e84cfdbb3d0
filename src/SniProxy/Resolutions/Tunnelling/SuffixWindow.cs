namespace SniProxy.Resolutions.Tunnelling;

/// <summary>
/// The sliding windows of one sandbox over one suffix. It holds a few bytes for each name, and no more names than the limit that denies lets it
/// come to; a denial begins with empty windows.
/// </summary>
/// <param name="suffix">Null where it stands for all suffixes that found no place of their own.</param>
/// <param name="options">The limits.</param>
/// <param name="clock">Its timestamps are the time here.</param>
internal sealed class SuffixWindow(string? suffix, TunnelOptions options, TimeProvider clock)
{
    private static readonly TimeSpan NameWindow = TimeSpan.FromMinutes(10);

    private readonly Lock gate = new();
    private readonly Queue<Seen> seen = new();
    private readonly HashSet<int> names = [];
    private readonly QueryRate queries = new(clock);
    private TunnelTally tally;
    private TunnelTally deniedBy;
    private long? deniedAt;
    private long askedAt = clock.GetTimestamp();

    public string? Suffix => suffix;

    /// <summary>Counts a name, and says what has become of the suffix.</summary>
    /// <param name="hash">Of the name, by a hash that nobody outside can aim at.</param>
    /// <param name="weight">What the name counts when it is new; 0 for not at all.</param>
    public TunnelFinding Ask(int hash, int weight)
    {
        lock (gate)
        {
            var now = askedAt = clock.GetTimestamp();
            if (IsDenied(now))
            {
                return new TunnelFinding(TunnelStage.Denied, this);
            }

            deniedAt = null;
            Expire(now);
            var isNew = weight > 0 && names.Add(hash);
            if (isNew)
            {
                Add(new Seen(hash, weight, IsName: true, now));
            }

            var found = TallyAt(now);
            var stage = found.StageBy(options);
            if (stage == TunnelStage.Denied)
            {
                BeginDenial(found, now);
            }

            return new TunnelFinding(stage, this, isNew);
        }
    }

    /// <summary>Notes what came of a question.</summary>
    /// <param name="hasLeft">It was asked upstream, not answered from the cache.</param>
    /// <param name="isNew">Its name was new, and counted.</param>
    /// <param name="isNonexistent">There is no such name.</param>
    public void Note(bool hasLeft, bool isNew, bool isNonexistent)
    {
        lock (gate)
        {
            var now = clock.GetTimestamp();
            if (hasLeft)
            {
                queries.Count(now);
            }

            if (isNew && isNonexistent && !IsDenied(now))
            {
                Add(new Seen(0, NameWeight.Nonexistent, IsName: false, now));
            }
        }
    }

    /// <summary>In words, for events.</summary>
    public string Describe()
    {
        lock (gate)
        {
            var now = clock.GetTimestamp();
            var where = suffix is null ? "under too many suffixes at once" : $"under {suffix}";
            return deniedAt is { } since && IsDenied(now)
                ? $"a tunnel, denied for {(int)(options.DenyFor - clock.GetElapsedTime(since, now)).TotalSeconds} s more: {where} {deniedBy}"
                : $"perhaps a tunnel: {where} {TallyAt(now)}";
        }
    }

    /// <summary>Nothing is remembered here that would be missed.</summary>
    public bool IsIdle
    {
        get
        {
            lock (gate)
            {
                var now = clock.GetTimestamp();
                return !IsDenied(now) && clock.GetElapsedTime(askedAt, now) >= NameWindow;
            }
        }
    }

    private bool IsDenied(long now) => deniedAt is { } since && clock.GetElapsedTime(since, now) < options.DenyFor;

    private TunnelTally TallyAt(long now) => tally with { Names = names.Count, Queries = queries.At(now) };

    private void BeginDenial(TunnelTally found, long now)
    {
        deniedBy = found;
        deniedAt = now;
        tally = default;
        seen.Clear();
        names.Clear();
        queries.Clear();
    }

    private void Expire(long now)
    {
        while (seen.TryPeek(out var oldest) && clock.GetElapsedTime(oldest.At, now) >= NameWindow)
        {
            seen.Dequeue();
            if (oldest.IsName)
            {
                names.Remove(oldest.Hash);
            }

            Tally(oldest, -1);
        }
    }

    private void Add(Seen one)
    {
        seen.Enqueue(one);
        Tally(one, 1);
    }

    private void Tally(Seen one, int sign) => tally = tally with
    {
        Points = tally.Points + (sign * one.Weight),
        Odd = tally.Odd + (one.Weight >= NameWeight.Odd ? sign : 0),
        Nonexistent = tally.Nonexistent + (one.IsName ? 0 : sign),
    };

    // A name, or that one of them does not exist.
    private readonly record struct Seen(int Hash, int Weight, bool IsName, long At);
}
