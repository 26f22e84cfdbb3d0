namespace SniProxy.Tests.Resolutions;

/// <summary>The system's clock and timers, with as much time passed on top as a test says.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private long shift;

    public void Advance(TimeSpan by) => Interlocked.Add(ref shift, by.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Interlocked.Read(ref shift));

    public override long GetTimestamp() =>
        base.GetTimestamp() + (long)(Interlocked.Read(ref shift) / (double)TimeSpan.TicksPerSecond * TimestampFrequency);
}
