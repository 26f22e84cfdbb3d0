using SniProxy.Core.Contract;

namespace SniProxy.Events;

/// <summary>
/// A bounded queue in which denials outlive everything else: what was let through gives way first, then denials are folded into one
/// counted record per (sandbox, name, reason), and when there are too many of those too, per reason. The writer removes events only
/// once they are on disk.
/// </summary>
internal sealed class EventQueue(EventLimits limits)
{
    // Lines are handed to the writer in batches of about this many bytes; one holds a little more, and no array of it is a large object.
    private const int BatchBytes = 56 * 1024;

    // A write costs the kernel a third less for a byte where it brings four of them.
    private const int BatchesAtOnce = 4;

    // Batches that were written and are kept to be filled again: what a hundred thousand events a second fill while the writer waits for company.
    private const int MostSpare = 24;

    private readonly Lock gate = new();
    private readonly Queue<EventLines> full = [];
    private readonly Stack<EventLines> spare = [];
    private readonly EventFolds folds = new(limits.Folded);
    private EventLines filling = new();
    private readonly List<EventLines> writing = new(BatchesAtOnce);
    private int count;
    private bool isWriterWaiting;
    private bool isOverloaded;
    private TaskCompletionSource? emptied;

    /// <summary>Nothing more can be kept one by one, nor by sandbox and name.</summary>
    public bool IsOverloaded => Volatile.Read(ref isOverloaded);

    /// <param name="flowEvent">The event.</param>
    /// <param name="wakesWriter">The writer is waiting and has to be told; said once.</param>
    public Admission Offer(in FlowEvent flowEvent, out bool wakesWriter)
    {
        var admission = Offer(EventLines.FieldsOf(flowEvent), flowEvent.Verdict, out wakesWriter);
        if (admission == Admission.Folded)
        {
            Fold(flowEvent);
        }

        return admission;
    }

    /// <summary>The same by the fields of its line; of one that is to be folded <see cref="Fold"/> has to be told.</summary>
    public Admission Offer(ReadOnlySpan<byte> fields, Decision verdict, out bool wakesWriter)
    {
        lock (gate)
        {
            wakesWriter = isWriterWaiting;
            isWriterWaiting = false;
            var isDenied = verdict == Decision.Deny;
            if (count < (isDenied ? limits.Queue : limits.QueueForAllowed))
            {
                Append(fields);
                return Admission.Queued;
            }

            return isDenied ? Admission.Folded : Admission.Dropped;
        }
    }

    /// <summary>Makes a denial part of a counted record.</summary>
    public void Fold(in FlowEvent denial)
    {
        lock (gate)
        {
            if (!folds.Add(denial))
            {
                Volatile.Write(ref isOverloaded, true);
            }
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

    /// <summary>The oldest events, the same ones until <see cref="Remove"/>. Nobody else touches them.</summary>
    /// <param name="isAll">There are no others.</param>
    public IReadOnlyList<EventLines> Peek(out bool isAll)
    {
        lock (gate)
        {
            Unfold();
            if (writing.Count == 0)
            {
                while (writing.Count < BatchesAtOnce && full.TryDequeue(out var batch))
                {
                    writing.Add(batch);
                }

                if (full.Count == 0 && writing.Count < BatchesAtOnce && filling.Count > 0)
                {
                    writing.Add(TakeFilling());
                }
            }

            isAll = count == writing.Sum(batch => batch.Count);
            return writing;
        }
    }

    /// <summary>Forgets the events that were peeked at.</summary>
    public void Remove()
    {
        lock (gate)
        {
            foreach (var written in writing)
            {
                count -= written.Count;
                if (spare.Count < MostSpare)
                {
                    written.Clear();
                    spare.Push(written);
                }
            }

            writing.Clear();
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

    private void Append(ReadOnlySpan<byte> fields)
    {
        if (filling.Length >= BatchBytes)
        {
            full.Enqueue(TakeFilling());
        }

        filling.Add(fields);
        count++;
    }

    private EventLines TakeFilling()
    {
        var taken = filling;
        filling = spare.TryPop(out var next) ? next : new EventLines();
        return taken;
    }

    private void Unfold()
    {
        while (count < limits.Queue && folds.TryTake(out var flowEvent))
        {
            Append(EventLines.FieldsOf(flowEvent));
        }

        if (!folds.IsFull)
        {
            Volatile.Write(ref isOverloaded, false);
        }
    }
}
