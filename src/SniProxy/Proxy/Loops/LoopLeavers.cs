using System.Runtime.InteropServices;
using SniProxy.Flows;

namespace SniProxy.Proxy.Loops;

/// <summary>
/// Sockets of one loop that were told their last words and have nothing left to hear: words and end are one packet, and the packets of all leave
/// together, before the loop waits again. The kernel's way out is then in the processor's caches for all but the first, and a client that hears
/// many ends is woken once. Each keeps its place among the flows until its descriptor is closed.
/// </summary>
internal sealed class LoopLeavers
{
    private readonly List<(int Descriptor, FlowTable Flows)> those = [];

    public void Add(LoopSocket socket, FlowTable flows)
    {
        if (socket.Leave() is >= 0 and var descriptor)
        {
            flows.Stay();
            those.Add((descriptor, flows));
        }
    }

    public void Go()
    {
        foreach (var (descriptor, flows) in CollectionsMarshal.AsSpan(those))
        {
            Kernel.Close(descriptor);
            flows.Leave();
        }

        those.Clear();
    }
}
