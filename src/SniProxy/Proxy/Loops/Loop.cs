// Over 200 lines: one thread's whole round stands here, from waiting to the last thing it does before it waits again.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SniProxy.Proxy.Loops;

/// <summary>
/// One thread and one epoll. Everything of a connection happens on its loop, so nothing of it needs a lock: what other threads want is posted,
/// and what a connection's code awaits elsewhere comes back here, because the loop is that code's synchronization context.
/// </summary>
internal sealed class Loop : SynchronizationContext, IDisposable
{
    /// <summary>What is read at once. Not larger: it should stay in the processor's second cache.</summary>
    public const int BufferBytes = 64 * 1024;

    private const int EventsAtOnce = 256;

    private readonly ProxyLog log;
    private readonly int epoll;
    private readonly int bell;
    private readonly ConcurrentQueue<(SendOrPostCallback Call, object? State)> posted = new();
    private readonly Queue<LoopRelay> again = new();
    private readonly LoopSlots slots = new();
    private readonly byte[] events = GC.AllocateUninitializedArray<byte>(EventsAtOnce * Kernel.EventBytes, pinned: true);
    private readonly Thread thread;
    private int asleep;
    private LoopSpin spin;
    private bool isTransferring;
    private bool isServing = true;
    private volatile bool isStopping;

    /// <param name="number">For the thread's name.</param>
    /// <param name="spin">How long to look for events before sleeping, while they come that soon.</param>
    /// <param name="maxPipes">How many pipes it may have.</param>
    /// <param name="log">For faults.</param>
    public Loop(int number, TimeSpan spin, int maxPipes, ProxyLog log)
    {
        this.log = log;
        this.spin = new LoopSpin(spin);
        epoll = Demand(Kernel.OpenEpoll(), "epoll_create1");
        bell = Demand(Kernel.OpenBell(), "eventfd");
        Demand(Kernel.Watch(epoll, bell, Kernel.Readable, 0), "epoll_ctl");
        Pipes = new PipePool(maxPipes);
        Attempts = new LoopAttempts(this);
        Lingerers = new LoopLingerers(this);
        thread = new Thread(Run) { IsBackground = true, Name = $"loop {number}" };
        thread.Start();
    }

    /// <summary>For whatever is read and sent on within one call; nobody keeps anything in it.</summary>
    public byte[] Buffer { get; } = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);

    public PipePool Pipes { get; }

    public LoopAttempts Attempts { get; }

    public LoopLingerers Lingerers { get; }

    public LoopLeavers Leavers { get; } = new();

    /// <summary>Watches a socket from now on, if it is not watched yet. False where the kernel refuses.</summary>
    public bool TryWatch(LoopSocket socket)
    {
        if (socket.Slot >= 0)
        {
            return true;
        }

        socket.Slot = slots.Take(socket);
        const uint Wanted = Kernel.Readable | Kernel.Urgent | Kernel.Writable | Kernel.PeerFinished | Kernel.OnEdge;
        if (Kernel.Watch(epoll, socket.Descriptor, Wanted, slots.TagOf(socket.Slot)) >= 0)
        {
            return true;
        }

        Forget(socket);
        return false;
    }

    /// <summary>Events that were fetched already do not reach whoever has the slot next.</summary>
    public void Forget(LoopSocket socket)
    {
        if (socket.Slot >= 0)
        {
            slots.Leave(socket.Slot);
            socket.Slot = -1;
        }
    }

    /// <summary>Watches a listening socket together with the other loops: one of them is woken for a connection.</summary>
    public int WatchListener(LoopAcceptor acceptor)
    {
        var slot = slots.Take(acceptor);
        return Kernel.Watch(epoll, acceptor.Descriptor, Kernel.Readable | Kernel.Exclusive, slots.TagOf(slot)) >= 0 ? slot : -1;
    }

    public void UnwatchListener(LoopAcceptor acceptor, int slot)
    {
        Kernel.Unwatch(epoll, acceptor.Descriptor);
        slots.Leave(slot);
    }

    /// <summary>
    /// Bytes of a transfer were moved, or wait for room: until it has slept once the loop does not look for events before it sleeps. It would find fewer bytes at a
    /// time, and move them at a higher cost; asleep, they gather.
    /// </summary>
    public void NoteTransfer() => isTransferring = true;

    /// <summary>
    /// True from the moment a relay moves bytes, false once somebody new has come, who may be refused. Looking for events before sleeping shortens
    /// the way of those who are served; crowds that are refused again and again are not worth the processor's time.
    /// </summary>
    public void NoteServing(bool isRelaying) => isServing = isRelaying;

    /// <summary>A relay that could go on but lets others have their turn.</summary>
    public void Again(LoopRelay relay) => again.Enqueue(relay);

    public override void Post(SendOrPostCallback d, object? state)
    {
        posted.Enqueue((d, state));
        if (Interlocked.Exchange(ref asleep, 0) == 1)
        {
            Kernel.Ring(bell);
        }
    }

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("Nobody may wait for a loop: post to it.");

    public override SynchronizationContext CreateCopy() => this;

    public void Dispose()
    {
        isStopping = true;
        Post(static _ => { }, null);
        thread.Join();
        Pipes.Dispose();
        Kernel.Close(bell);
        Kernel.Close(epoll);
    }

    private void Run()
    {
        SetSynchronizationContext(this);
        while (!isStopping)
        {
            Handle(Wait());
            RunPosted();
            GoOn();
            Attempts.EndLate();
            Lingerers.Look();
            Leavers.Go();
        }

        Lingerers.CloseAll();
    }

    private int Wait()
    {
        var count = Kernel.Wait(epoll, events, 0);
        if (count != 0 || again.Count > 0 || !posted.IsEmpty)
        {
            return count;
        }

        var since = Stopwatch.GetTimestamp();
        if (spin.Pays && isServing && !isTransferring)
        {
            while (Stopwatch.GetTimestamp() - since < spin.Ticks)
            {
                count = Kernel.Wait(epoll, events, 0);
                if (count != 0 || !posted.IsEmpty)
                {
                    spin.Found();
                    return count;
                }
            }

            spin.FoundNothing();
        }

        // Whoever posts after this line rings; whoever posted before it is seen by the next.
        Interlocked.Exchange(ref asleep, 1);
        if (posted.IsEmpty)
        {
            count = Kernel.Wait(epoll, events, MillisecondsUntilDue());
        }

        Volatile.Write(ref asleep, 0);
        isTransferring = false;
        spin.Slept(Stopwatch.GetTimestamp() - since);
        return count;
    }

    // For how long it may sleep; -1 for ever.
    private int MillisecondsUntilDue()
    {
        var (attempts, lingerers) = (Attempts.TicksUntilDue(), Lingerers.TicksUntilDue());
        var ticks = attempts < 0 ? lingerers : lingerers < 0 ? attempts : Math.Min(attempts, lingerers);
        return ticks < 0 ? -1 : (int)Math.Clamp(ticks * 1000 / Stopwatch.Frequency + 1, 0, int.MaxValue);
    }

    private void Handle(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var entry = events.AsSpan(i * Kernel.EventBytes);
            var happened = MemoryMarshal.Read<uint>(entry);
            var tag = MemoryMarshal.Read<ulong>(entry[Kernel.EventTagOffset..]);
            if (tag == 0)
            {
                Kernel.Silence(bell);
                continue;
            }

            var watched = slots.Find(tag);
            try
            {
                if (watched is LoopSocket socket)
                {
                    Tell(socket, happened);
                }
                else
                {
                    (watched as LoopAcceptor)?.Accept();
                }
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                // Whatever happened to one connection must not end the loop of all others.
                log.Fault(error);
                (watched as LoopSocket)?.Reset();
            }
        }
    }

    private static void Tell(LoopSocket socket, uint happened)
    {
        const uint EndsReading = Kernel.PeerFinished | Kernel.HungUp | Kernel.Failed;
        socket.IsReadable |= (happened & (Kernel.Readable | EndsReading)) != 0;
        socket.HasUrgent |= (happened & Kernel.Urgent) != 0;
        socket.IsWritable |= (happened & (Kernel.Writable | Kernel.HungUp | Kernel.Failed)) != 0;
        socket.HasPeerFinished |= (happened & EndsReading) != 0;
        socket.HasFailed |= (happened & Kernel.Failed) != 0;
        socket.Owner?.OnReady(socket);
    }

    private void RunPosted()
    {
        // As many as there are now: what they post in turn waits until the sockets had theirs.
        for (var left = posted.Count; left > 0 && posted.TryDequeue(out var work); left--)
        {
            try
            {
                work.Call(work.State);
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                log.Fault(error);
            }
        }
    }

    private void GoOn()
    {
        for (var left = again.Count; left > 0; left--)
        {
            again.Dequeue().GoOn();
        }
    }

    private static int Demand(int answer, string call) =>
        answer >= 0 ? answer : throw new IOException($"{call} failed with error {-answer} (errno(3))");
}
