// Over 200 lines: to give, to use and to end a grant are one state under one lock.
using SniProxy.Core.Contract;
using SniProxy.Storage;

namespace SniProxy.Policies;

/// <summary>
/// Gives grants and takes them away. One timer, set to the next end, takes away what has ended; each end is exact all the same, because
/// <see cref="GrantShelf"/> looks at the clock.
/// </summary>
internal sealed class GrantBook : IDisposable
{
    public const int MaxGrants = 10_000;
    public const int MaxEntries = 100;

    // A timer takes at most 49 days; what ends later is looked at again then.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly PolicyBook book;
    private readonly GrantStore store;
    private readonly TimeProvider clock;
    private readonly Lock changing = new();

    // Uses wait here rather than each on a thread: a sandbox may begin hundreds at once, and the threads are everybody's.
    private readonly SemaphoreSlim counting = new(1);
    private readonly ITimer end;
    private readonly HeldUses uses = new();
    private bool isDisposed;

    public GrantBook(PolicyBook book, GrantStore store, TimeProvider clock)
    {
        this.book = book;
        this.store = store;
        this.clock = clock;
        end = clock.CreateTimer(static book => ((GrantBook)book!).EndWhatIsDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (store.Load() is { Count: > 0 } stored)
        {
            lock (changing)
            {
                Publish(stored, new ApplianceChange { Actor = "restart", Words = $"{stored.Count} grants go on" });
            }
        }
    }

    /// <summary>In force now, ordered by id.</summary>
    public IReadOnlyList<Grant> All => book.Grants?.All ?? [];

    public Grant? Find(string id) => All.FirstOrDefault(grant => grant.Id == id);

    /// <summary>Puts a grant in force. What was acknowledged is stored, and what the next decision sees.</summary>
    /// <exception cref="StoreException">It cannot be stored, and is not in force.</exception>
    public Grant Add(GrantOrder order, string actor, bool isAdmin)
    {
        lock (changing)
        {
            var now = clock.GetUtcNow();
            var grant = new Grant
            {
                Id = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(8)),
                Sandbox = order.Sandbox,
                Lifecycle = order.Lifecycle,
                Labels = order.Labels,
                Entries = order.Entries,
                Ttl = order.Ttl,
                MaxUses = order.MaxUses,
                Reason = order.Reason,
                Actor = actor,
                IsByAdmin = isAdmin,
                Created = now,
                Expires = now + order.Ttl,
                EndsAt = clock.GetTimestamp() + (long)(order.Ttl.TotalSeconds * clock.TimestampFrequency),
            };
            store.Put(grant, actor);
            Publish([.. All, grant], NoteOf(grant, actor, $"grant given for {TextOf(grant)}"));
            return grant;
        }
    }

    /// <summary>Takes a grant away; null where there is none of that id.</summary>
    public Grant? Remove(string id, string actor)
    {
        lock (changing)
        {
            if (Find(id) is not { } grant)
            {
                return null;
            }

            store.Delete(id, actor);
            Publish(All.Where(other => other.Id != id), NoteOf(grant, actor, "grant removed"));
            return grant;
        }
    }

    /// <summary>The sandbox's life has ended: whoever gets its id next inherits nothing.</summary>
    /// <exception cref="StoreException">They are in force no more, and some are stored all the same: for a life that does not come back.</exception>
    public void EndFor(string sandbox)
    {
        lock (changing)
        {
            List<Grant> ended = [.. All.Where(grant => grant.Sandbox == sandbox)];
            foreach (var grant in ended)
            {
                Publish(All.Where(other => other.Id != grant.Id), NoteOf(grant, "sniproxy", "grant removed"));
            }

            foreach (var grant in ended)
            {
                store.Delete(grant.Id, "sniproxy");
            }
        }
    }

    /// <summary>
    /// Holds one use of a grant for a connection that is to begin by it, before anything is dialled. Nothing is written for it: what dials in vain
    /// costs no disk and no revision. False where others hold or have used all of them: the connection has to be judged without this grant.
    /// </summary>
    public bool TryHold(string id) => book.Grants?.Find(id) switch
    {
        null => false,
        { MaxUses: null } => true,
        _ => uses.TryHold(id, () => Find(id)),
    };

    /// <summary>
    /// The connection that holds a use is open, and no byte has passed: it has used the grant, which is stored before one does. Otherwise a crash
    /// would give it back.
    /// </summary>
    /// <exception cref="StoreException">It cannot be stored, and the connection must not go on.</exception>
    public ValueTask UseAsync(string id) => book.Grants?.Find(id) is { MaxUses: not null }

        // To store waits for the disk: not on a loop's time.
        ? new ValueTask(InTurnAsync(() => Use(id)))
        : default;

    /// <summary>What was held is free again: it was used, or its connection could not be opened.</summary>
    public void LetGo(string id) => uses.LetGo(id);

    public void Dispose()
    {
        lock (changing)
        {
            isDisposed = true;
        }

        end.Dispose();
        counting.Dispose();
    }

    private async Task InTurnAsync(Action change)
    {
        await counting.WaitAsync();
        try
        {
            await Task.Run(change);
        }
        finally
        {
            counting.Release();
        }
    }

    // Gone, it is the next judgement's affair whether its connections go on.
    private void Use(string id)
    {
        lock (changing)
        {
            if (Find(id) is { } grant)
            {
                var used = grant with { Uses = grant.Uses + 1 };
                store.Put(used, "sniproxy");
                Replace(used, FormattableString.Invariant($"grant used {used.Uses} of {used.MaxUses} times"));
            }
        }
    }

    private void Replace(Grant grant, string words) =>
        Publish(All.Select(other => other.Id == grant.Id ? grant : other), NoteOf(grant, "sniproxy", words));

    private void EndWhatIsDue()
    {
        lock (changing)
        {
            if (isDisposed || book.Grants is not { } shelf)
            {
                return;
            }

            if (clock.GetTimestamp() < shelf.NextEnd)
            {
                SetTimer(shelf.NextEnd);
                return;
            }

            var standing = shelf.All;
            foreach (var ended in shelf.AllAsMade.Where(grant => !standing.Contains(grant)).ToList())
            {
                Publish(All, NoteOf(ended, "ttl", "grant ended"));
                Forget(ended);
            }
        }
    }

    // In force it is no more in any case; what is left in the store ends with the next start.
    private void Forget(Grant ended)
    {
        try
        {
            store.Delete(ended.Id, "ttl");
        }
        catch (StoreException)
        {
            return;
        }
    }

    private void Publish(IEnumerable<Grant> grants, ApplianceChange change)
    {
        var shelf = new GrantShelf(grants, clock);
        book.SetGrants(shelf.All.Count == 0 ? null : shelf, change);
        SetTimer(shelf.NextEnd);
    }

    private void SetTimer(long nextEnd)
    {
        if (isDisposed)
        {
            return;
        }

        if (nextEnd == long.MaxValue)
        {
            end.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        // Rounded up: a timer that goes off before the end would go off twice.
        var left = clock.GetElapsedTime(clock.GetTimestamp(), nextEnd) + TimeSpan.FromMilliseconds(1);
        end.Change(left < TimeSpan.Zero ? TimeSpan.Zero : left > LongestWait ? LongestWait : left, Timeout.InfiniteTimeSpan);
    }

    private static ApplianceChange NoteOf(Grant grant, string actor, string words) =>
        new() { Actor = actor, Words = words, Sandbox = grant.Sandbox, Grant = grant.Id };

    private static string TextOf(Grant grant) =>
        $"{string.Join(", ", grant.Entries.Select(entry => entry.Text))}, ttl {Core.Policies.TimeText.Write(grant.Ttl)}";
}
