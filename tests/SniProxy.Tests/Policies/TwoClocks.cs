namespace SniProxy.Tests.Policies;

/// <summary>A wall clock that can be set, and a monotonic clock that only goes on; timers go by the second.</summary>
internal sealed class TwoClocks : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<SetTimer> timers = [];
    private DateTimeOffset wall = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private long monotonic = TimeSpan.TicksPerHour;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How many timers wait for their time.</summary>
    public int Armed
    {
        get
        {
            lock (gate)
            {
                return timers.Count(timer => timer.Due is not null);
            }
        }
    }

    public override DateTimeOffset GetUtcNow() => wall;

    public override long GetTimestamp() => Interlocked.Read(ref monotonic);

    /// <summary>Somebody sets the wall clock; no time passes.</summary>
    public void SetWall(TimeSpan by) => wall += by;

    /// <summary>Time passes; timers go off one after the other.</summary>
    public void Pass(TimeSpan time)
    {
        wall += time;
        var now = Interlocked.Add(ref monotonic, time.Ticks);
        while (TakeDue(now) is { } due)
        {
            due.GoOff();
        }
    }

    /// <summary>Time passes, and no timer has gone off yet.</summary>
    public void PassUnnoticed(TimeSpan time)
    {
        wall += time;
        Interlocked.Add(ref monotonic, time.Ticks);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SetTimer(this, callback, state);
        lock (gate)
        {
            timers.Add(timer);
        }

        timer.Change(dueTime, period);
        return timer;
    }

    private SetTimer? TakeDue(long now)
    {
        lock (gate)
        {
            var due = timers.Where(timer => timer.Due <= now).MinBy(timer => timer.Due);
            due?.Take();
            return due;
        }
    }

    private sealed class SetTimer(TwoClocks clock, TimerCallback callback, object? state) : ITimer
    {
        public long? Due { get; private set; }

        public void Take() => Due = null;

        public void GoOff() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock.gate)
            {
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : clock.GetTimestamp() + dueTime.Ticks;
            }

            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
