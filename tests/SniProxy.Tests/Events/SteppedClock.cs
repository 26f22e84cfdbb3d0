namespace SniProxy.Tests.Events;

/// <summary>A clock whose timers go off when a test says so, whatever they were set to.</summary>
internal sealed class SteppedClock : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<SteppedTimer> timers = [];

    /// <summary>Some timer waits for its time.</summary>
    public bool IsArmed
    {
        get
        {
            lock (gate)
            {
                return timers.Any(timer => timer.IsArmed);
            }
        }
    }

    /// <summary>Lets every timer that is set go off.</summary>
    public void Tick()
    {
        List<SteppedTimer> due;
        lock (gate)
        {
            due = [.. timers.Where(timer => timer.IsArmed)];
        }

        due.ForEach(timer => timer.GoOff());
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SteppedTimer(callback, state);
        timer.Change(dueTime, period);
        lock (gate)
        {
            timers.Add(timer);
        }

        return timer;
    }

    private sealed class SteppedTimer(TimerCallback callback, object? state) : ITimer
    {
        private volatile bool isArmed;

        public bool IsArmed => isArmed;

        public void GoOff()
        {
            isArmed = false;
            callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            isArmed = dueTime != Timeout.InfiniteTimeSpan;
            return true;
        }

        public void Dispose() => isArmed = false;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
