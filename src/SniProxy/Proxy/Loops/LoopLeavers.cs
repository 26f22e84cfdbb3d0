using System.Runtime.InteropServices;

namespace SniProxy.Proxy.Loops;

/// <summary>
/// Sockets of one loop whose last words and end are one packet. They leave together, before the loop waits again: the kernel's way out is then in the
/// processor's caches for all but the first, and a client that serves many ends is woken once.
/// </summary>
internal sealed class LoopLeavers
{
    private readonly List<(int Descriptor, ReadOnlyMemory<byte> LastWords)> those = [];

    public void Add(LoopSocket socket, ReadOnlyMemory<byte> lastWords)
    {
        if (socket.Leave() is >= 0 and var descriptor)
        {
            those.Add((descriptor, lastWords));
        }
    }

    public void Go()
    {
        foreach (var (descriptor, lastWords) in CollectionsMarshal.AsSpan(those))
        {
            // A few bytes always fit into a buffer that nothing was sent from. Where they do not go out the connection is broken, and is cleared away.
            if (Kernel.SendBeforeEnd(descriptor, lastWords.Span) == lastWords.Length)
            {
                Kernel.Close(descriptor);
            }
            else
            {
                Kernel.Reset(descriptor);
            }
        }

        those.Clear();
    }
}
