// Over 200 lines: who has a slot, who may have it next and what is stored of that are one state under one lock.
using SniProxy.Core.Addresses;
using SniProxy.Core.Names;

namespace SniProxy.Resolutions.Synthetic;

/// <summary>
/// The names of one sandbox and their slots. A name keeps its slot; where there is no room, the one answered longest ago makes some, if that was
/// six minutes ago and no flow leads to it. Nothing in here waits for the store.
/// </summary>
internal sealed class SyntheticNames
{
    /// <summary>Slots that are stored together.</summary>
    public const int BlockSize = 128;

    /// <summary>How long addresses mean what they meant after they were answered last: the TTL, and five minutes for whoever keeps them longer.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromMinutes(6);

    // In a pool of so many blocks the rest of a begun one may rest after a restart without being missed.
    private const int BlocksOfPlenty = 16;

    private readonly SyntheticPool pool;
    private readonly int quota;
    private readonly TimeProvider clock;
    private readonly long began;
    private readonly Lock gate = new();
    private readonly Dictionary<HostName, SyntheticName> byName = [];
    private readonly LinkedList<SyntheticName> byAnswer = new();
    private readonly HashSet<int> storedBlocks = [];
    private readonly Stack<int> free = new();
    private HashSet<int> resting = [];
    private SyntheticName?[] bySlot = [];
    private int begun;
    private bool isOver;

    /// <summary>They go on where they were stored, as if each had been answered just now.</summary>
    public SyntheticNames(StoredNames stored, SyntheticPool pool, int quota, TimeProvider clock)
    {
        Life = stored.Life;
        this.pool = pool;
        this.quota = quota;
        this.clock = clock;
        began = clock.GetTimestamp();
        begun = stored.Begun;
        resting = [.. stored.Resting];
        storedBlocks = [.. stored.Blocks];
        foreach (var (slot, name) in stored.Names)
        {
            Add(new SyntheticName(name, slot) { IsAnswered = true, AnsweredAt = began });
        }
    }

    public SyntheticLife Life { get; }

    public int Count
    {
        get
        {
            lock (gate)
            {
                return byName.Count;
            }
        }
    }

    /// <summary>The name with its slot, a new one where it had none; null where there is no room. Counts as an answer.</summary>
    public SyntheticName? Assign(HostName name)
    {
        lock (gate)
        {
            var now = clock.GetTimestamp();
            if (!isOver && byName.TryGetValue(name, out var known))
            {
                Answer(known, now);
                return known;
            }

            if (isOver || !TryTakeSlot(now, out var slot, out var mayGoUnstored))
            {
                return null;
            }

            return Add(new SyntheticName(name, slot) { WaitsForStore = !mayGoUnstored, AnsweredAt = now });
        }
    }

    /// <summary>The attempt to store a name is over. True where it may be answered.</summary>
    /// <param name="name">The name.</param>
    /// <param name="isStored">Null where the store is still at it.</param>
    public bool Confirm(SyntheticName name, bool? isStored)
    {
        lock (gate)
        {
            if (isOver || bySlot[name.Slot] != name)
            {
                return false;
            }

            if (isStored == true || !name.WaitsForStore)
            {
                name.IsAnswered = true;
                Answer(name, clock.GetTimestamp());
            }
            else if (isStored == false && !name.IsAnswered)
            {
                Remove(name);
                free.Push(name.Slot);
            }

            return name.IsAnswered;
        }
    }

    /// <summary>The name that the slot's addresses stand for; null where nobody was told of one.</summary>
    public HostName? NameOf(int slot)
    {
        lock (gate)
        {
            return slot < bySlot.Length && bySlot[slot] is { IsAnswered: true } found ? found.Name : null;
        }
    }

    /// <summary>Keeps the name where it is until the handle is disposed of; null where it is there no more.</summary>
    public SyntheticHold? Hold(HostName name, int slot)
    {
        lock (gate)
        {
            if (slot >= bySlot.Length || bySlot[slot] is not { } found || !found.Name.Equals(name))
            {
                return null;
            }

            found.Flows++;
            return new SyntheticHold(this, found);
        }
    }

    public void Release(SyntheticName name)
    {
        lock (gate)
        {
            name.Flows--;
        }
    }

    /// <summary>What is to be stored of a block now; null where it is to be forgotten.</summary>
    public HostName?[]? Block(int block)
    {
        lock (gate)
        {
            if (isOver)
            {
                return null;
            }

            var first = block * BlockSize;
            var names = new HostName?[BlockSize];
            for (var i = 0; i < BlockSize && first + i < bySlot.Length; i++)
            {
                names[i] = bySlot[first + i]?.Name;
            }

            // In a small pool a slot that was never given is not stored, or it would rest after each restart.
            return HasPlenty ? names : names[..Math.Clamp(begun - first, 0, BlockSize)];
        }
    }

    public void Stored(int block)
    {
        lock (gate)
        {
            storedBlocks.Add(block);
        }
    }

    /// <summary>The sandbox's life has ended, and with it what its addresses meant. Answers the blocks that may be stored.</summary>
    public IReadOnlyList<int> End()
    {
        lock (gate)
        {
            isOver = true;
            byName.Clear();
            byAnswer.Clear();
            bySlot = [];
            return [.. storedBlocks.Union(Enumerable.Range(0, (begun + BlockSize - 1) / BlockSize))];
        }
    }

    private bool HasPlenty => pool.Capacity >= BlocksOfPlenty * BlockSize;

    // One that nobody ever had where that may be answered at once, or else one that could not be stored or has rested since the start; any other
    // that nobody had; the one answered longest ago.
    private bool TryTakeSlot(long now, out int slot, out bool mayGoUnstored)
    {
        mayGoUnstored = false;
        if (byName.Count < quota)
        {
            FreeWhatRested(now);
            while (begun < pool.Capacity && resting.Contains(begun))
            {
                begun++;
            }

            mayGoUnstored = begun < pool.Capacity && HasPlenty && storedBlocks.Contains(begun / BlockSize);
            if (!mayGoUnstored && free.TryPop(out slot))
            {
                return true;
            }

            if (begun < pool.Capacity)
            {
                slot = begun++;
                return true;
            }
        }

        slot = -1;
        for (var node = byAnswer.First; node is not null && clock.GetElapsedTime(node.Value.AnsweredAt, now) >= Rest; node = node.Next)
        {
            if (node.Value.Flows == 0)
            {
                slot = node.Value.Slot;
                Remove(node.Value);
                return true;
            }
        }

        return false;
    }

    private void FreeWhatRested(long now)
    {
        if (resting.Count > 0 && clock.GetElapsedTime(began, now) >= Rest)
        {
            // Slots of another pool may lie further on, where nobody has come yet.
            foreach (var slot in resting.Where(slot => slot < begun))
            {
                free.Push(slot);
            }

            resting = [];
        }
    }

    private void Answer(SyntheticName name, long now)
    {
        name.AnsweredAt = now;
        byAnswer.Remove(name.Place);
        byAnswer.AddLast(name.Place);
    }

    private SyntheticName Add(SyntheticName name)
    {
        if (name.Slot >= bySlot.Length)
        {
            Array.Resize(ref bySlot, Math.Max(name.Slot + 1, Math.Min(bySlot.Length * 2, pool.Capacity)));
        }

        bySlot[name.Slot] = name;
        byName.Add(name.Name, name);
        byAnswer.AddLast(name.Place);
        return name;
    }

    private void Remove(SyntheticName name)
    {
        bySlot[name.Slot] = null;
        byName.Remove(name.Name);
        byAnswer.Remove(name.Place);
    }
}
