using SniProxy.Core.Contract;

namespace SniProxy.Events;

/// <summary>
/// What was changed of what decides, by whom: a file of its own beside the events, in the same form and chained like them, so that each line of
/// an event still is one decision. A line is written before the change is acknowledged; what cannot be written waits for the next one.
/// </summary>
internal sealed class ChangeLog : IDisposable
{
    public const string FileName = "changes.jsonl";

    // Some megabytes; what decided each of them is in the store all the same.
    private const int MaxWaiting = 10_000;

    private readonly EventFile file;
    private readonly ILogger<ChangeLog> logger;
    private readonly Lock gate = new();
    private readonly List<FlowEvent> waiting = [];
    private bool isFailing;

    /// <param name="dataFolder">Where it lies.</param>
    /// <param name="options">When the file is put away, and what is kept.</param>
    /// <param name="logger">For operators: the file's troubles, not the changes.</param>
    public ChangeLog(string dataFolder, EventOptions options, ILogger<ChangeLog> logger)
    {
        file = new EventFile(Path.Combine(dataFolder, FileName), options);
        this.logger = logger;
    }

    public void Record(FlowEvent change)
    {
        lock (gate)
        {
            waiting.Add(change);
            Write();
            if (waiting.Count > MaxWaiting)
            {
                waiting.RemoveAt(0);
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            Write();
            file.FlushToDisk();
            file.Dispose();
        }
    }

    private void Write()
    {
        var problem = file.TryAppend(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(waiting));
        if (file.TakeRemark() is { } remark)
        {
            logger.FileRemarked(file.Path, remark);
        }

        if (problem is null)
        {
            waiting.Clear();
        }
        else if (!isFailing)
        {
            logger.EventsNotWritten(file.Path, problem);
        }

        isFailing = problem is not null;
    }
}
