namespace SniProxy.Dns;

/// <summary>Counts what was begun and not awaited by whoever began it, so that the end of all of it can be awaited once.</summary>
internal sealed class Underway
{
    private readonly TaskCompletionSource none = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One for the door itself, which leaves when it is asked whether all is over.
    private int count = 1;

    /// <summary>Takes a task that reports its own failures.</summary>
    public void Add(Task task)
    {
        if (task.IsCompleted)
        {
            return;
        }

        Interlocked.Increment(ref count);
        task.ContinueWith(
            static (_, state) => ((Underway?)state)?.Leave(), this,
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>To be asked once, when nothing new is begun any more.</summary>
    public Task WhenNoneAsync()
    {
        Leave();
        return none.Task;
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref count) == 0)
        {
            none.TrySetResult();
        }
    }
}
