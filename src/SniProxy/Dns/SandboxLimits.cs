using System.Collections.Concurrent;

namespace SniProxy.Dns;

/// <summary>What one sandbox may ask for per second, at once, and over how many connections.</summary>
internal sealed class SandboxLimits(DnsOptions options, TimeProvider clock)
{
    private const int PurgeAbove = 1024;

    private static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<long, SandboxGate> gates = new();
    private int count;

    /// <summary>One question's turn; to be disposed of when it is answered, granted or not.</summary>
    /// <param name="lifecycle">The sandbox's.</param>
    /// <param name="now">A timestamp of the clock.</param>
    public SandboxTurn Enter(long lifecycle, long now) => GateOf(lifecycle).Enter(now);

    public bool TryOpenConnection(long lifecycle) => GateOf(lifecycle).TryOpenConnection();

    public void CloseConnection(long lifecycle) => GateOf(lifecycle).CloseConnection();

    private SandboxGate GateOf(long lifecycle)
    {
        SandboxGate? fresh = null;
        while (true)
        {
            if (gates.TryGetValue(lifecycle, out var gate))
            {
                return gate;
            }

            fresh ??= new SandboxGate(options, clock);
            if (gates.TryAdd(lifecycle, fresh))
            {
                if (Interlocked.Increment(ref count) > PurgeAbove)
                {
                    Purge();
                }

                return fresh;
            }
        }
    }

    // A gate that is idle is the same as a new one, so nothing is lost with it.
    private void Purge()
    {
        foreach (var (lifecycle, gate) in gates)
        {
            if (gate.IsIdle(IdleTime) && gates.TryRemove(lifecycle, out _))
            {
                Interlocked.Decrement(ref count);
            }
        }
    }
}
