using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using SniProxy.Core.Contract;

namespace SniProxy.Events;

/// <summary>
/// A bounded queue in which denials outlive everything else: what was let through gives way first, then denials are folded into one
/// counted record per (sandbox, name, reason), and when there are too many of those too, per reason. The writer removes an event only
/// once it is on disk.
/// </summary>
internal sealed class EventQueue(EventLimits limits)
{
    private readonly Lock gate = new();
    private readonly FlowEvent?[] ring = new FlowEvent?[limits.Queue];
    private readonly Dictionary<FoldKey, EventFold> folds = [];
    private int head;
    private int count;
    private bool isWriterWaiting;
    private bool isOverloaded;
    private TaskCompletionSource? emptied;

    /// <summary>Nothing more can be kept one by one, nor by sandbox and name.</summary>
    public bool IsOverloaded => Volatile.Read(ref isOverloaded);

    /// <param name="flowEvent">The event.</param>
    /// <param name="wakesWriter">The writer is waiting and has to be told; said once.</param>
    public Admission Offer(FlowEvent flowEvent, out bool wakesWriter)
    {
        lock (gate)
        {
            wakesWriter = isWriterWaiting;
            isWriterWaiting = false;
            var isDenied = flowEvent.Verdict == Decision.Deny;
            if (count < (isDenied ? ring.Length : limits.QueueForAllowed))
            {
                Append(flowEvent);
                return Admission.Queued;
            }

            if (!isDenied)
            {
                return Admission.Dropped;
            }

            AddToFold(flowEvent);
            return Admission.Folded;
        }
    }

    /// <summary>True when there is nothing to write; the next <see cref="Offer"/> then wakes the writer.</summary>
    public bool WaitsForMore()
    {
        lock (gate)
        {
            isWriterWaiting = count == 0 && folds.Count == 0;
            return isWriterWaiting;
        }
    }

    /// <summary>Copies the oldest events; they stay until <see cref="Remove"/>.</summary>
    public int Peek(Span<FlowEvent> batch)
    {
        lock (gate)
        {
            Unfold();
            var taken = Math.Min(count, batch.Length);
            for (var i = 0; i < taken; i++)
            {
                batch[i] = At(i);
            }

            return taken;
        }
    }

    /// <summary>Forgets the oldest events.</summary>
    public void Remove(int written)
    {
        lock (gate)
        {
            for (var i = 0; i < written; i++)
            {
                ring[head] = null;
                head = head + 1 == ring.Length ? 0 : head + 1;
            }

            count -= written;
            Unfold();
            if (count == 0)
            {
                emptied?.SetResult();
                emptied = null;
            }
        }
    }

    /// <summary>Completes when nothing is left to write.</summary>
    public Task WhenEmptied()
    {
        lock (gate)
        {
            if (count == 0 && folds.Count == 0)
            {
                return Task.CompletedTask;
            }

            emptied ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return emptied.Task;
        }
    }

    /// <summary>Events in the queue and folded records.</summary>
    public int Waiting()
    {
        lock (gate)
        {
            return count + folds.Count;
        }
    }

    private FlowEvent At(int index) =>
        ring[(head + index) % ring.Length] ?? throw new InvalidOperationException("The queue lost count of itself.");

    private void Append(FlowEvent flowEvent)
    {
        ring[(head + count) % ring.Length] = flowEvent;
        count++;
    }

    private void AddToFold(FlowEvent flowEvent)
    {
        var key = new FoldKey(flowEvent.Sandbox, flowEvent.Name ?? flowEvent.Qname, flowEvent.Reason);
        if (!folds.ContainsKey(key) && folds.Count >= limits.Folded)
        {
            // One record per reason is all that is left; there are fewer reasons than a byte can hold, so this stays bounded too.
            Volatile.Write(ref isOverloaded, true);
            key = new FoldKey(null, null, flowEvent.Reason);
        }

        if (folds.TryGetValue(key, out var fold))
        {
            fold.Add(flowEvent);
            return;
        }

        folds.Add(key, new EventFold(flowEvent));
    }

    private void Unfold()
    {
        while (folds.Count > 0 && count < ring.Length && TryTakeFold(out var flowEvent))
        {
            Append(flowEvent);
        }

        if (folds.Count < limits.Folded)
        {
            Volatile.Write(ref isOverloaded, false);
        }
    }

    private bool TryTakeFold([NotNullWhen(true)] out FlowEvent? flowEvent)
    {
        foreach (var (key, fold) in folds)
        {
            folds.Remove(key);
            flowEvent = fold.ToEvent(Words(fold));
            return true;
        }

        flowEvent = null;
        return false;
    }

    private static string Words(EventFold fold) => string.Create(
        CultureInfo.InvariantCulture,
        $"{fold.Count} denials until {fold.Last.UtcDateTime:O}, folded into one record because events could not be written fast enough");

    private readonly record struct FoldKey(string? Sandbox, string? Name, Reason Reason);
}
