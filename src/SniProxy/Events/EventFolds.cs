using System.Globalization;
using SniProxy.Core.Contract;

namespace SniProxy.Events;

/// <summary>Denials for which there was no room one by one: one counted record per (sandbox, name, reason), and when there are too many of those too, per reason.</summary>
/// <param name="most">How many records by sandbox and name.</param>
internal sealed class EventFolds(int most)
{
    private readonly Dictionary<Key, EventFold> folds = [];

    public int Count => folds.Count;

    /// <summary>No record of another sandbox or name can be begun.</summary>
    public bool IsFull => folds.Count >= most;

    /// <summary>False when only its reason could be kept.</summary>
    public bool Add(in FlowEvent flowEvent)
    {
        var key = new Key(flowEvent.Sandbox, flowEvent.Name ?? flowEvent.Qname, flowEvent.Reason);
        var isKept = folds.ContainsKey(key) || !IsFull;
        if (!isKept)
        {
            // There are fewer reasons than a byte can hold, so this stays bounded too.
            key = new Key(null, null, flowEvent.Reason);
        }

        if (folds.TryGetValue(key, out var fold))
        {
            fold.Add(flowEvent);
        }
        else
        {
            folds.Add(key, new EventFold(flowEvent));
        }

        return isKept;
    }

    /// <summary>One record, as the event that stands for all of its denials; it is forgotten here.</summary>
    public bool TryTake(out FlowEvent flowEvent)
    {
        foreach (var (key, fold) in folds)
        {
            folds.Remove(key);
            flowEvent = fold.ToEvent(Words(fold));
            return true;
        }

        flowEvent = default;
        return false;
    }

    private static string Words(EventFold fold) => string.Create(
        CultureInfo.InvariantCulture,
        $"{fold.Count} denials until {fold.Last.UtcDateTime:O}, folded into one record because events could not be written fast enough");

    private readonly record struct Key(string? Sandbox, string? Name, Reason Reason);
}
