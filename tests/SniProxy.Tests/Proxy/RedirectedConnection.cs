using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Flows;
using SniProxy.Proxy;
using SniProxy.Proxy.Connections;

namespace SniProxy.Tests.Proxy;

/// <summary>A connection as the kernel's redirection would hand it over: the same socket, with the destination it was sent to at first.</summary>
internal sealed class RedirectedConnection(IProxiedConnection inner, Endpoint? originalDestination, IRelayGate? gate) : IProxiedConnection
{
    public ListenerOptions Listener { get; } = inner.Listener with { Kind = ListenerKind.Redirect };

    public Endpoint Client => inner.Client;

    public Endpoint Local => inner.Local;

    public Endpoint? OriginalDestination => originalDestination;

    public string? Ingress => inner.Ingress;

    public void Attach(Flow flow) => inner.Attach(flow);

    public ValueTask<PeekedBytes> PeekAsync() => inner.PeekAsync();

    public void Consume(long bytes) => inner.Consume(bytes);

    public ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes) => inner.SendAsync(bytes);

    public ValueTask FinishAsync(ReadOnlyMemory<byte> lastWords, long heardOut = 0) => inner.FinishAsync(lastWords, heardOut);

    public ValueTask LingerAsync() => inner.LingerAsync();

    public void Reset() => inner.Reset();

    public void Interrupt() => inner.Interrupt();

    public void Dispose() => inner.Dispose();

    public ReadOnlyMemory<byte> LastWords => inner.LastWords;

    public ValueTask<DialResult> ConnectAsync(Endpoint to, TimeSpan timeout, CancellationToken cancellation) => inner.ConnectAsync(to, timeout, cancellation);

    public ValueTask<Ending> RelayAsync(IUpstream upstream, RelayTerms terms, IRelayGate? own) => inner.RelayAsync(upstream, terms, gate ?? own);
}
