using SniProxy.Storage;

namespace SniProxy.Resolutions.Synthetic;

/// <summary>
/// Stores what has changed, all that is there at a time: whoever comes while one batch is written waits for the next. What could not be stored
/// goes with a later one.
/// </summary>
internal sealed class SyntheticWriter(SyntheticStore store, ILogger logger) : IAsyncDisposable
{
    private readonly Lock gate = new();

    // Held while a batch is written: of two versions of a block the later one must stand.
    private readonly Lock writing = new();
    private readonly HashSet<(SyntheticNames Names, int Block)> changed = [];
    private TaskCompletionSource<bool> next = NewBatch();
    private Task running = Task.CompletedTask;
    private bool isRunning;
    private bool isWaitedFor;
    private bool isFailing;

    /// <summary>True once the block is stored as it is now; false where it cannot be.</summary>
    public Task<bool> StoreAsync(SyntheticNames names, int block)
    {
        lock (gate)
        {
            changed.Add((names, block));
            isWaitedFor = true;
            if (!isRunning)
            {
                isRunning = true;
                running = Task.Run(Run);
            }

            return next.Task;
        }
    }

    /// <summary>The same, done when this returns: for what must not be acknowledged before.</summary>
    public void Store(SyntheticNames names, IReadOnlyList<int> blocks)
    {
        lock (gate)
        {
            changed.UnionWith(blocks.Select(block => (names, block)));
        }

        Write();
    }

    /// <summary>Stores what is left; whoever comes later is not served.</summary>
    public async ValueTask DisposeAsync()
    {
        Task last;
        lock (gate)
        {
            last = running;
        }

        await last;
        Write();
    }

    private void Run()
    {
        do
        {
            Write();
        }
        while (HasMore());
    }

    private bool HasMore()
    {
        lock (gate)
        {
            return isRunning = isWaitedFor;
        }
    }

    private void Write()
    {
        lock (writing)
        {
            (SyntheticNames Names, int Block)[] batch;
            TaskCompletionSource<bool> done;
            lock (gate)
            {
                batch = [.. changed];
                changed.Clear();
                (done, next, isWaitedFor) = (next, NewBatch(), false);
            }

            var isStored = TryWrite(batch);
            if (!isStored)
            {
                lock (gate)
                {
                    changed.UnionWith(batch);
                }
            }

            done.SetResult(isStored);
        }
    }

    private bool TryWrite((SyntheticNames Names, int Block)[] batch)
    {
        try
        {
            if (batch.Length > 0)
            {
                store.Apply([.. batch.Select(one => store.Change(one.Names.Life, one.Block, one.Names.Block(one.Block)))]);
            }
        }
        catch (Exception failure) when (failure is StoreException or ObjectDisposedException)
        {
            if (!isFailing)
            {
                ResolutionLog.NamesNotStored(logger, failure.Message);
            }

            isFailing = true;
            return false;
        }

        isFailing = false;
        foreach (var (names, block) in batch)
        {
            names.Stored(block);
        }

        return true;
    }

    // Whoever waits goes on elsewhere: the next batch must not wait for what they do.
    private static TaskCompletionSource<bool> NewBatch() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
