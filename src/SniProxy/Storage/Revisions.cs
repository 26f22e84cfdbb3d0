namespace SniProxy.Storage;

/// <summary>
/// The appliance's one counter of changes. A change takes effect under its lock, all of it or nothing; who reads what several rooms hold sees
/// by <see cref="IsCurrent"/> whether a change came between, so that everything that was read belongs to one revision.
/// </summary>
internal sealed class Revisions : IDisposable
{
    // Kept over restarts by blocks: a change does not wait for the disk because of its number. A kill leaves a gap, never a number twice.
    private const int Block = 256;

    private readonly Action<long> reserve;
    private readonly TimeProvider clock;
    private readonly Lock changing = new();
    private long begun;
    private long current;
    private long reserved;

    /// <param name="last">The last one that may have been given.</param>
    /// <param name="reserve">Keeps over a restart that numbers up to this one may have been given.</param>
    /// <param name="clock">Dates the changes.</param>
    public Revisions(long last, Action<long> reserve, TimeProvider? clock = null)
    {
        this.reserve = reserve;
        this.clock = clock ?? TimeProvider.System;
        begun = current = reserved = last;
    }

    /// <summary>Raised after each change, when it is what the next decision sees; by several threads, in no order.</summary>
    public event Action<ApplianceChange>? Changed;

    /// <summary>The revision of the latest change, none being under way.</summary>
    public long Current
    {
        get
        {
            var settled = Volatile.Read(ref current);
            if (Volatile.Read(ref begun) == settled)
            {
                return settled;
            }

            lock (changing)
            {
                return current;
            }
        }
    }

    /// <summary>False once another change has begun to take effect.</summary>
    public bool IsCurrent(long revision) => Volatile.Read(ref begun) == revision;

    /// <summary>Makes a change and answers its revision.</summary>
    /// <param name="change">What it is; revision and time are given here.</param>
    /// <param name="effect">Swaps references and does nothing else: readers wait for it.</param>
    public long Apply(ApplianceChange change, Action<long> effect)
    {
        ApplianceChange applied;
        lock (changing)
        {
            var next = current + 1;
            Reserve(next);
            applied = change with { Revision = next, Time = clock.GetUtcNow() };
            Volatile.Write(ref begun, next);
            try
            {
                effect(next);
            }
            finally
            {
                Volatile.Write(ref current, next);
            }
        }

        Changed?.Invoke(applied);
        return applied.Revision;
    }

    /// <summary>Gives back what was reserved and not used.</summary>
    public void Dispose()
    {
        lock (changing)
        {
            if (reserved > current)
            {
                TryReserve(current);
            }
        }
    }

    private void Reserve(long next)
    {
        if (next > reserved)
        {
            TryReserve(next + Block - 1);
        }
    }

    // Without a store changes go on in memory, as everything else does; the next one tries again.
    private void TryReserve(long upTo)
    {
        try
        {
            reserve(upTo);
            reserved = upTo;
        }
        catch (Exception failure) when (failure is StoreException or ObjectDisposedException)
        {
            reserved = current;
        }
    }
}
