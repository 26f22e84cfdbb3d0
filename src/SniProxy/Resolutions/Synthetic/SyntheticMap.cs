using System.Collections.Concurrent;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Storage;

namespace SniProxy.Resolutions.Synthetic;

/// <summary>
/// Which addresses of the pool stand for which names, for each sandbox by itself: two of them may have the same address for different names.
/// What was answered means the same after a restart. Everything ends with the sandbox's life.
/// </summary>
internal sealed class SyntheticMap : IAsyncDisposable
{
    // Clients ask again after some seconds. By then the name is stored, or it is known that it cannot be.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // What was judged before the end of a life comes within moments of it.
    private const int MostEnded = 1024;

    private readonly SyntheticOptions options;
    private readonly TimeProvider clock;
    private readonly SyntheticWriter writer;
    private readonly ConcurrentDictionary<long, SyntheticNames> sandboxes = new();

    // Those of sandboxes that have not shown up since the start, by the key of their lives.
    private readonly Dictionary<string, StoredNames> stored;
    private readonly Lock beginning = new();

    // Lives that ended lately: what was judged before may come after.
    private readonly Queue<long> ended = new();

    /// <exception cref="StoreException">What is stored cannot be read.</exception>
    public SyntheticMap(SyntheticOptions options, IStore store, TimeProvider clock, ILogger<SyntheticMap> logger, ResolutionMetrics metrics)
    {
        this.options = options;
        this.clock = clock;
        Pool = new SyntheticPool(options.Blocks);
        var documents = new SyntheticStore(store, Pool);
        writer = new SyntheticWriter(documents, logger);
        stored = documents.Load().ToDictionary(names => names.Life.Key);
        metrics.ObserveSyntheticNames(() => sandboxes.Values.Sum(names => names.Count));
    }

    public SyntheticPool Pool { get; }

    /// <summary>Gives the name addresses, or says which it has. Waits for the store only where the name is new.</summary>
    public ValueTask<Assignment> AssignAsync(Sandbox sandbox, HostName name)
    {
        var names = Of(sandbox);
        return names.Assign(name) is not { } assigned ? new ValueTask<Assignment>(new Assignment(AssignmentStatus.Full))
            : assigned.IsAnswered ? new ValueTask<Assignment>(new Assignment(AssignmentStatus.Assigned, assigned.Slot))
            : StoreAsync(names, assigned);
    }

    /// <summary>The name that the address stands for with this sandbox; null where it stands for none.</summary>
    public HostName? NameOf(Sandbox sandbox, Address address) => Pool.TryFind(address, out var slot) ? Find(sandbox)?.NameOf(slot) : null;

    /// <summary>Keeps the address with the name until the handle is disposed of; null where it is not with it.</summary>
    public IDisposable? Hold(Sandbox sandbox, HostName name, Address address) =>
        Pool.TryFind(address, out var slot) ? Find(sandbox)?.Hold(name, slot) : null;

    /// <summary>Drops everything of a sandbox that has ended, also for what comes after a restart.</summary>
    public void Forget(Sandbox sandbox)
    {
        SyntheticNames? names;
        lock (beginning)
        {
            names = Find(sandbox);
            sandboxes.TryRemove(sandbox.Lifecycle, out _);
            ended.Enqueue(sandbox.Lifecycle);
            if (ended.Count > MostEnded)
            {
                ended.Dequeue();
            }
        }

        if (names is not null)
        {
            writer.Store(names, names.End());
        }
    }

    public ValueTask DisposeAsync() => writer.DisposeAsync();

    private async ValueTask<Assignment> StoreAsync(SyntheticNames names, SyntheticName name)
    {
        bool? isStored;
        try
        {
            isStored = await writer.StoreAsync(names, name.Slot / SyntheticNames.BlockSize).WaitAsync(Patience, clock).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            isStored = null;
        }

        return names.Confirm(name, isStored) ? new Assignment(AssignmentStatus.Assigned, name.Slot) : new Assignment(AssignmentStatus.NotStored);
    }

    private SyntheticNames? Find(Sandbox sandbox)
    {
        if (sandboxes.TryGetValue(sandbox.Lifecycle, out var names))
        {
            return names;
        }

        lock (beginning)
        {
            return stored.ContainsKey(SyntheticLife.KeyOf(sandbox)) ? Begin(sandbox) : null;
        }
    }

    private SyntheticNames Of(Sandbox sandbox)
    {
        if (sandboxes.TryGetValue(sandbox.Lifecycle, out var names))
        {
            return names;
        }

        lock (beginning)
        {
            return Begin(sandbox);
        }
    }

    // Under the lock.
    private SyntheticNames Begin(Sandbox sandbox)
    {
        if (sandboxes.TryGetValue(sandbox.Lifecycle, out var names))
        {
            return names;
        }

        var stands = new StoredNames(SyntheticLife.Of(sandbox));
        if (ended.Contains(sandbox.Lifecycle))
        {
            var over = From(stands);
            over.End();
            return over;
        }

        if (stored.Remove(SyntheticLife.KeyOf(sandbox), out var before))
        {
            // With other addresses, given while nobody looked, it is somebody else.
            var isSame = before.Life.IsLivedBy(sandbox);
            if (isSame && !before.IsOfAnotherPool)
            {
                return sandboxes[sandbox.Lifecycle] = From(before);
            }

            var ended = From(before);
            writer.Store(ended, ended.End());
            stands = isSame ? stands with { Resting = before.Resting } : stands;
        }

        return sandboxes[sandbox.Lifecycle] = From(stands);
    }

    private SyntheticNames From(StoredNames names) => new(names, Pool, options.NamesPerSandbox, clock);
}
