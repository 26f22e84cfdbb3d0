namespace SniProxy.Proxy.Connections;

/// <summary>Makes connections to upstreams. Which addresses may be dialled was decided before; nothing is resolved here.</summary>
internal interface IConnector
{
    /// <summary>One attempt at one address. It fails by its result; only a fault of ours throws.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="timeout">How long the attempt may take.</param>
    /// <param name="cancellation">Ends the attempt early: another one was faster.</param>
    ValueTask<DialResult> ConnectAsync(Endpoint to, TimeSpan timeout, CancellationToken cancellation);
}
