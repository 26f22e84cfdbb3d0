using System.Net;

namespace SniProxy.Resolutions;

/// <summary>One name server and whether it answered lately, which decides no more than the order of asking.</summary>
internal sealed class Upstream(IPEndPoint endpoint)
{
    private long probedAt;
    private int isDown;

    public IPEndPoint Endpoint { get; } = endpoint;

    public bool IsDown => Volatile.Read(ref isDown) != 0;

    /// <summary>Returns true when that is news.</summary>
    public bool MarkDown(TimeProvider clock)
    {
        Volatile.Write(ref probedAt, clock.GetTimestamp());
        return Interlocked.Exchange(ref isDown, 1) == 0;
    }

    /// <summary>Returns true when that is news.</summary>
    public bool MarkUp() => Interlocked.Exchange(ref isDown, 0) == 1;

    /// <summary>True for one caller each interval: it asks this server although it is down.</summary>
    public bool TryTakeProbe(TimeProvider clock, TimeSpan interval)
    {
        var last = Volatile.Read(ref probedAt);
        return clock.GetElapsedTime(last) >= interval && Interlocked.CompareExchange(ref probedAt, clock.GetTimestamp(), last) == last;
    }
}
