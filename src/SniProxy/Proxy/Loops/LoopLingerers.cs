using System.Diagnostics;
using SniProxy.Flows;

namespace SniProxy.Proxy.Loops;

/// <summary>
/// Sockets of one loop whose client was told its last words and the end of them, and is still read from: closing with unread bytes would turn into
/// a reset and lose the words (RFC 9293 section 3.10.4). Nobody watches them; they are looked at after a moment, when nearly all clients have
/// closed, and then ten times a second until they are late. Each keeps its place among the flows, for it has a descriptor.
/// </summary>
internal sealed class LoopLingerers(Loop loop)
{
    private const int DrainBytes = 64 * 1024;

    // A round trip of a client in the same data centre, and its processing of the words.
    private static readonly long FirstLook = Ticks(TimeSpan.FromMilliseconds(5));
    private static readonly long NextLook = Ticks(TimeSpan.FromMilliseconds(100));
    private static readonly long Latest = Ticks(TimeSpan.FromSeconds(1));

    // Each in the order of their looks, because all wait equally long.
    private readonly Queue<Lingerer> fresh = new();
    private readonly Queue<Lingerer> stubborn = new();

    public void Add(LoopSocket socket, FlowTable flows)
    {
        flows.Stay();
        socket.Owner = null;
        fresh.Enqueue(new Lingerer(socket, flows, Stopwatch.GetTimestamp() + FirstLook, 0, 0));
    }

    /// <summary>Looks at those whose time it is.</summary>
    public void Look()
    {
        if (fresh.Count + stubborn.Count > 0)
        {
            var now = Stopwatch.GetTimestamp();
            Look(fresh, now);
            Look(stubborn, now);
        }
    }

    /// <summary>For how long the loop may sleep; -1 for ever.</summary>
    public long TicksUntilDue() => (fresh.Count, stubborn.Count) switch
    {
        (0, 0) => -1,
        (_, 0) => TicksUntil(fresh.Peek().Due),
        (0, _) => TicksUntil(stubborn.Peek().Due),
        _ => TicksUntil(Math.Min(fresh.Peek().Due, stubborn.Peek().Due)),
    };

    /// <summary>Lets go of all of them: the loop ends.</summary>
    public void CloseAll()
    {
        foreach (var lingerer in fresh.Concat(stubborn))
        {
            lingerer.Socket.Dispose();
            lingerer.Flows.Leave();
        }

        fresh.Clear();
        stubborn.Clear();
    }

    private void Look(Queue<Lingerer> those, long now)
    {
        for (var left = those.Count; left > 0 && those.Peek().Due <= now; left--)
        {
            var lingerer = those.Dequeue();
            var since = lingerer.Since == 0 ? lingerer.Due - FirstLook : lingerer.Since;
            if (HasGone(ref lingerer) || now - since >= Latest)
            {
                lingerer.Socket.Dispose();
                lingerer.Flows.Leave();
            }
            else
            {
                stubborn.Enqueue(lingerer with { Due = now + NextLook, Since = since });
            }
        }
    }

    // The client has closed, or has sent more than is worth reading.
    private bool HasGone(ref Lingerer lingerer)
    {
        while (true)
        {
            var received = lingerer.Socket.Receive(loop.Buffer);
            if (received == Kernel.WouldBlock)
            {
                return false;
            }

            lingerer = lingerer with { DrainedBytes = lingerer.DrainedBytes + received };
            if (received <= 0 || lingerer.DrainedBytes >= DrainBytes)
            {
                return true;
            }
        }
    }

    private static long TicksUntil(long due) => Math.Max(0, due - Stopwatch.GetTimestamp());

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    // Since: when it began, known from its first look on.
    private readonly record struct Lingerer(LoopSocket Socket, FlowTable Flows, long Due, int DrainedBytes, long Since);
}
