using SniProxy.Core.Contract;
using SniProxy.Flows;

namespace SniProxy.Proxy;

/// <summary>What was decided by one policy, counted; each number is added to by itself.</summary>
internal sealed class PolicyCounts
{
    private static readonly int Verdicts = Enum.GetValues<Decision>().Length;
    private static readonly int Protocols = Enum.GetValues<Protocol>().Length;
    private static readonly int Reasons = Enum.GetValues<Reason>().Length;

    private readonly CountsByName<long[]> connections = new(_ => new long[Protocols * Verdicts]);

    // By reason, then protocol; most reasons never come up.
    private readonly long[]?[] denied = new long[]?[Reasons];
    private readonly long[] wouldDeny = new long[Reasons];
    private long bytesUp;
    private long bytesDown;

    public long BytesUp => Interlocked.Read(ref bytesUp);

    public long BytesDown => Interlocked.Read(ref bytesDown);

    public void AddConnection(string listener, Protocol protocol, Decision verdict) =>
        Interlocked.Increment(ref connections.Of(listener)[((int)protocol * Verdicts) + (int)verdict]);

    public void AddDenied(Reason reason, Protocol protocol)
    {
        var byProtocol = Volatile.Read(ref denied[(int)reason])
            ?? Interlocked.CompareExchange(ref denied[(int)reason], new long[Protocols], null)
            ?? denied[(int)reason];
        if (byProtocol is not null)
        {
            Interlocked.Increment(ref byProtocol[(int)protocol]);
        }
    }

    public void AddWouldDeny(Reason reason) => Interlocked.Increment(ref wouldDeny[(int)reason]);

    public void AddBytes(long up, long down)
    {
        Interlocked.Add(ref bytesUp, up);
        Interlocked.Add(ref bytesDown, down);
    }

    /// <summary>What is not zero, as all of the following.</summary>
    public IEnumerable<(string Listener, Protocol Protocol, Decision Verdict, long Count)> Connections() =>
        from one in connections.All
        from index in Enumerable.Range(0, one.Counts.Length)
        let count = Interlocked.Read(ref one.Counts[index])
        where count > 0
        select (one.Name, (Protocol)(index / Verdicts), (Decision)(index % Verdicts), count);

    public IEnumerable<(Reason Reason, Protocol Protocol, long Count)> Denied() =>
        from reason in Enumerable.Range(0, Reasons)
        let byProtocol = Volatile.Read(ref denied[reason])
        where byProtocol is not null
        from protocol in Enumerable.Range(0, Protocols)
        let count = Interlocked.Read(ref byProtocol[protocol])
        where count > 0
        select ((Reason)reason, (Protocol)protocol, count);

    public IEnumerable<(Reason Reason, long Count)> WouldDeny() =>
        from reason in Enumerable.Range(0, Reasons)
        let count = Interlocked.Read(ref wouldDeny[reason])
        where count > 0
        select ((Reason)reason, count);
}
