using SniProxy.Core.Contract;

namespace SniProxy.Events;

/// <summary>The latest events, in memory, for whoever asks right now.</summary>
internal sealed class RecentEvents(int capacity)
{
    private readonly Lock gate = new();
    private readonly FlowEvent?[] ring = new FlowEvent?[capacity];
    private int next;

    public void Add(FlowEvent flowEvent)
    {
        lock (gate)
        {
            ring[next] = flowEvent;
            next = next + 1 == ring.Length ? 0 : next + 1;
        }
    }

    /// <summary>Oldest first.</summary>
    public List<FlowEvent> Latest(int max)
    {
        var latest = new List<FlowEvent>();
        lock (gate)
        {
            for (var i = 0; i < ring.Length; i++)
            {
                if (ring[(next + i) % ring.Length] is { } flowEvent)
                {
                    latest.Add(flowEvent);
                }
            }
        }

        return latest.Count > max ? latest.GetRange(latest.Count - max, max) : latest;
    }
}
