namespace SniProxy.Resolutions.Tunnelling;

/// <summary>
/// Questions in the last minute, from two numbers: those of this minute, and of the minute before the share that the sliding window still covers.
/// </summary>
internal sealed class QueryRate(TimeProvider clock)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private long minuteStart = clock.GetTimestamp();
    private int current;
    private int previous;

    public void Count(long now)
    {
        Roll(now);
        current++;
    }

    public int At(long now)
    {
        Roll(now);
        return current + (int)(previous * (1 - (clock.GetElapsedTime(minuteStart, now) / Minute)));
    }

    public void Clear() => (current, previous) = (0, 0);

    private void Roll(long now)
    {
        var minutes = clock.GetElapsedTime(minuteStart, now) / Minute;
        if (minutes < 1)
        {
            return;
        }

        previous = minutes < 2 ? current : 0;
        current = 0;
        minuteStart = minutes < 2 ? minuteStart + (long)(Minute.TotalSeconds * clock.TimestampFrequency) : now;
    }
}
