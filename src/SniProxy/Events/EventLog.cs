// Over 200 lines: what takes events and what writes them have one end, at which nothing may be lost between the two.
using Microsoft.Extensions.Logging.Abstractions;
using SniProxy.Core.Contract;

namespace SniProxy.Events;

/// <summary>Takes events from every room without ever blocking one; denies are never lost.</summary>
internal sealed class EventLog : IAsyncDisposable
{
    private static readonly TimeSpan AgeInterval = TimeSpan.FromHours(1);

    private readonly EventLimits limits;
    private readonly ILogger logger;
    private readonly EventQueue queue;
    private readonly EventMetrics metrics;
    private readonly RefusalTally tally;
    private readonly EventFile? file;
    private readonly SemaphoreSlim wake = new(0);
    private readonly SemaphoreSlim hurry = new(0);
    private readonly Task writer;
    private volatile bool isStopping;
    private bool isFailing;

    /// <param name="path">The absolute path of the file of JSON lines; null keeps none.</param>
    /// <param name="limits">What is held while events cannot be written.</param>
    /// <param name="logger">For operators: the file's troubles, not the events.</param>
    /// <param name="clock">The system's unless given.</param>
    /// <param name="options">When the file is put away, and what is kept.</param>
    public EventLog(
        string? path = null, EventLimits? limits = null, ILogger<EventLog>? logger = null, TimeProvider? clock = null, EventOptions? options = null)
    {
        this.limits = limits ?? new EventLimits();
        this.logger = logger ?? NullLogger<EventLog>.Instance;
        queue = new EventQueue(this.limits);
        metrics = new EventMetrics(queue.Waiting);
        tally = new RefusalTally(this.limits.Tallied, one => Record(one), clock ?? TimeProvider.System);
        if (path is null)
        {
            writer = Task.CompletedTask;
            return;
        }

        file = new EventFile(path, options, clock);
        writer = Task.Run(WriteUntilStoppedAsync);
    }

    /// <summary>Raised for every event as it is recorded, on the caller's thread: whoever listens must be quick.</summary>
    public event Action<FlowEvent>? Recorded;

    /// <summary>Nothing more can be kept: doors refuse new connections (<see cref="Reason.Overloaded"/>).</summary>
    public bool IsOverloaded => queue.IsOverloaded;

    /// <summary>Events and folded records that are not written yet.</summary>
    public int Waiting => queue.Waiting();

    /// <summary>The room's instruments.</summary>
    public EventMetrics Metrics => metrics;

    /// <summary>The path that options mean: relative ones lie in the data folder.</summary>
    public static string? PathFor(EventOptions options, string dataFolder) =>
        string.IsNullOrEmpty(options.JsonLines) ? null : Path.GetFullPath(options.JsonLines, Path.GetFullPath(dataFolder));

    public void Record(in FlowEvent flowEvent)
    {
        if (file is not null)
        {
            Enqueue(flowEvent);
        }

        Publish(flowEvent);
    }

    /// <summary>The same without an event on the way, as long as nobody listens and there is room.</summary>
    public void Record(in DnsDecision decision)
    {
        if (Recorded is not null)
        {
            Record(decision.ToEvent());
            return;
        }

        if (file is null)
        {
            return;
        }

        var admission = queue.Offer(EventLines.FieldsOf(decision), decision.Verdict.Decision, out var wakesWriter);
        if (admission == Admission.Folded)
        {
            queue.Fold(decision.ToEvent());
        }

        Admitted(admission, decision.Verdict.Decision, wakesWriter);
    }

    /// <summary>
    /// Records a refusal that a client can cause by the thousand. Those of one source, reason and listener become one counted event a second:
    /// see <see cref="RefusalTally"/>.
    /// </summary>
    /// <param name="source">The sandbox's lifecycle: whose they are, whatever address or id it has.</param>
    /// <param name="refusal">The event, as if it were the only one.</param>
    public void RecordRefusal(long source, in FlowEvent refusal)
    {
        if (tally.Add(source, refusal))
        {
            metrics.Fold();
        }
    }

    /// <inheritdoc cref="RecordRefusal(long, FlowEvent)"/>
    public void RecordRefusal(long source, in DnsDecision refusal)
    {
        if (!tally.TryCount(source, refusal))
        {
            RecordRefusal(source, refusal.ToEvent());
            return;
        }

        metrics.Fold();
    }

    /// <summary>Waits until nothing is left to write.</summary>
    public async Task FlushAsync(CancellationToken cancellation = default)
    {
        tally.Flush();
        if (file is null)
        {
            return;
        }

        var emptied = queue.WhenEmptied();
        hurry.Release();
        await Task.WhenAny(emptied, writer).WaitAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await tally.DisposeAsync();
        isStopping = true;
        wake.Release();
        hurry.Release();
        await Task.WhenAny(writer, Task.Delay(limits.StopTimeout));
        if (file is not null && queue.Waiting() is > 0 and var left)
        {
            logger.EventsLost(left);
        }

        metrics.Dispose();
    }

    private void Enqueue(in FlowEvent flowEvent)
    {
        var admission = queue.Offer(flowEvent, out var wakesWriter);
        Admitted(admission, flowEvent.Verdict, wakesWriter);
    }

    private void Admitted(Admission admission, Decision verdict, bool wakesWriter)
    {
        if (wakesWriter)
        {
            wake.Release();
        }

        if (admission == Admission.Dropped)
        {
            metrics.Drop(verdict);
        }
        else if (admission == Admission.Folded)
        {
            metrics.Fold();
        }
    }

    private void Publish(in FlowEvent flowEvent)
    {
        try
        {
            Recorded?.Invoke(flowEvent);
        }
        catch (Exception problem)
        {
            // A door must not fail because somebody who watches does.
            logger.ReaderFailed(problem);
        }
    }

    private async Task WriteUntilStoppedAsync()
    {
        if (file is null)
        {
            return;
        }

        while (true)
        {
            if (queue.WaitsForMore())
            {
                if (isStopping)
                {
                    break;
                }

                if (!await wake.WaitAsync(AgeInterval))
                {
                    file.Age();
                    continue;
                }

                await hurry.WaitAsync(limits.Linger);
                continue;
            }

            if (Write(file, queue.Peek(out var isAll)))
            {
                queue.Remove();
                if (isAll && !isStopping)
                {
                    // Whoever is busy goes on being busy: not one write for each event that came meanwhile.
                    await hurry.WaitAsync(limits.Linger);
                }

                continue;
            }

            if (isStopping)
            {
                break;
            }

            await hurry.WaitAsync(limits.RetryAfter);
        }

        file.FlushToDisk();
        file.Dispose();
    }

    private bool Write(EventFile target, IReadOnlyList<EventLines> batches)
    {
        var problem = target.TryAppend(batches);
        if (target.TakeRemark() is { } remark)
        {
            logger.FileRemarked(target.Path, remark);
        }

        if (problem is null && isFailing)
        {
            logger.EventsWrittenAgain(target.Path);
        }
        else if (problem is not null && !isFailing)
        {
            logger.EventsNotWritten(target.Path, problem);
        }

        isFailing = problem is not null;
        return problem is null;
    }
}
