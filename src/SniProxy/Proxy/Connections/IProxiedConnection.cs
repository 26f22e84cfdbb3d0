using SniProxy.Core.Contract;
using SniProxy.Flows;

namespace SniProxy.Proxy.Connections;

/// <summary>
/// What the middleware sees of a client's connection, the same whatever transport carries it: where it wants to go, its first bytes
/// without consuming them, and the three things that can become of it.
/// </summary>
internal interface IProxiedConnection : IConnector, IFlowCarrier, IDisposable
{
    ListenerOptions Listener { get; }

    Endpoint Client { get; }

    /// <summary>The address of ours that the client's packets reached.</summary>
    Endpoint Local { get; }

    /// <summary>
    /// Where the client's packets were sent; null on an explicit listener, and on a transparent one that was connected to directly.
    /// </summary>
    Endpoint? OriginalDestination { get; }

    /// <summary>The interface the connection came in by, or null where the kernel does not tell; asked of it at each call.</summary>
    string? Ingress { get; }

    /// <summary>Ties waiting to the flow's deadline and to its end from outside.</summary>
    void Attach(Flow flow);

    /// <summary>
    /// The unconsumed bytes so far. Each call after the first waits for at least one byte more, the end, or an interruption.
    /// </summary>
    ValueTask<PeekedBytes> PeekAsync();

    /// <summary>Takes bytes off the front: a proxy request, which is for us and goes nowhere.</summary>
    void Consume(long bytes);

    /// <summary>Writes to the client.</summary>
    ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>
    /// Says its last words and the end of our direction. The client may not have read them yet: before it is let go, <see cref="LingerAsync"/>.
    /// </summary>
    /// <param name="lastWords">What the client is told.</param>
    /// <param name="heardOut">
    /// How many bytes the client has sent, where it sends no more before it has read the words: with nothing unread the end needs no waiting.
    /// </param>
    ValueTask FinishAsync(ReadOnlyMemory<byte> lastWords, long heardOut = 0);

    /// <summary>
    /// Reads on after the last words, bounded in bytes and time, until the client closes: closing with unread bytes would turn into a reset and lose the
    /// words (RFC 9293 section 3.10.4; RFC 9112 section 9.6). Done at once where there were none, or where the transport goes on by itself. The flow is
    /// over by then, so nothing of it interrupts.
    /// </summary>
    ValueTask LingerAsync();

    /// <summary>Ends the connection by a reset.</summary>
    void Reset();

    /// <summary>
    /// Carries bytes both ways until both directions are closed or one side resets, beginning with what was peeked and not consumed.
    /// </summary>
    /// <param name="upstream">The other end.</param>
    /// <param name="terms">Its time-outs.</param>
    /// <param name="gate">What still looks at bytes after the verdict; null where nothing does.</param>
    ValueTask<Ending> RelayAsync(IUpstream upstream, RelayTerms terms, IRelayGate? gate);

    /// <summary>What the client is still to be told where the relay ended by a refusal; empty where there is nothing to say.</summary>
    ReadOnlyMemory<byte> LastWords { get; }
}
