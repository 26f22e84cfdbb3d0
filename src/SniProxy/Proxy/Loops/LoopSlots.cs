namespace SniProxy.Proxy.Loops;

/// <summary>
/// What a loop's epoll watches, by the number that the kernel gives back with an event. A place that was left may have another by the time an
/// event is looked at, so the number tells the place and how often it was left before.
/// </summary>
internal sealed class LoopSlots
{
    private const int Bits = 10;
    private const int AtOnce = 1 << Bits;

    private readonly Stack<int> free = new();

    // A further thousand at a time: what has grown by doubling leaves behind as much as it takes.
    private Slot[]?[] slots = [];

    // The first stays empty: an event with the number 0 is the loop's own.
    private int used = 1;

    /// <param name="watched">A <see cref="LoopSocket"/> or a <see cref="LoopAcceptor"/>.</param>
    public int Take(object watched)
    {
        if (!free.TryPop(out var slot))
        {
            slot = used++;
            if (slot >> Bits >= slots.Length)
            {
                Array.Resize(ref slots, slots.Length + 16);
            }

            slots[slot >> Bits] ??= new Slot[AtOnce];
        }

        At(slot).Watched = watched;
        return slot;
    }

    public void Leave(int slot)
    {
        ref var left = ref At(slot);
        left.Watched = null;
        left.Generation++;
        free.Push(slot);
    }

    /// <summary>The number to give the kernel; never 0.</summary>
    public ulong TagOf(int slot) => (ulong)At(slot).Generation << 32 | (uint)slot;

    /// <summary>Null where it has left since.</summary>
    public object? Find(ulong tag)
    {
        ref var slot = ref At((int)(uint)tag);
        return slot.Generation == (uint)(tag >> 32) ? slot.Watched : null;
    }

    private ref Slot At(int slot) => ref slots[slot >> Bits]![slot & (AtOnce - 1)];

    private struct Slot
    {
        public object? Watched;
        public uint Generation;
    }
}
