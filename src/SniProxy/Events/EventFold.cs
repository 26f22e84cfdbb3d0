using SniProxy.Core.Contract;

namespace SniProxy.Events;

/// <summary>Denials that are told as one: what all of them have in common, and how many they are.</summary>
internal sealed class EventFold(FlowEvent first)
{
    private FlowEvent common = first;

    public long Count { get; private set; } = first.Count;

    /// <summary>The time of the latest.</summary>
    public DateTimeOffset Last { get; private set; } = first.Time;

    public void Add(in FlowEvent another) => Add(another.Count, another.Time, another.Sandbox, another.Name, another.Qname);

    public void Add(long count, DateTimeOffset time, string? sandbox, string? name, string? qname)
    {
        Count += count;
        Last = time;
        if (sandbox != common.Sandbox)
        {
            common = common with { Sandbox = null, Service = null, Phase = null, Labels = null, Policy = null, Revision = 0, Rule = null };
        }

        if (name != common.Name || qname != common.Qname)
        {
            common = common with { Name = null, Qname = null, Qtype = null, Rule = null, NearMiss = null };
        }
    }

    /// <summary>The only one there is as it was, or the record of all of them; its duration is the time from the first to the latest.</summary>
    /// <param name="words">What the record says; the words of the first unless given.</param>
    public FlowEvent ToEvent(string? words = null) => Count == common.Count ? common : common with
    {
        Count = Count,
        Message = words ?? common.Message,
        Client = null,
        OriginalDestination = null,
        DurationMs = Math.Max(0, (Last - common.Time).TotalMilliseconds),
    };
}
