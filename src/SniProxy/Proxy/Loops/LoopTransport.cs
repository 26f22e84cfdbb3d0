using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using SniProxy.Enforcement;
using SniProxy.Flows;

namespace SniProxy.Proxy.Loops;

/// <summary>The second transport: a loop for each processor, and the proxy's pipeline running on them.</summary>
internal sealed class LoopTransport : IDisposable
{
    private readonly ConnectionDelegate pipeline;
    private readonly IReadOnlyList<Loop> loops;

    /// <param name="pipeline">What becomes of a connection.</param>
    /// <param name="options">How many loops, and how they wait.</param>
    /// <param name="log">For faults.</param>
    public LoopTransport(ConnectionDelegate pipeline, ProxyOptions options, ProxyLog log)
    {
        this.pipeline = pipeline;
        loops = [.. Enumerable.Range(0, options.Loops ?? Environment.ProcessorCount).Select(number => new Loop(number, options.LoopSpin, log))];
    }

    /// <summary>Descriptors that pipes may take beside those of the flows, two for each.</summary>
    public static int PipeDescriptors(ProxyOptions options) => 2 * PipePool.MaxPipes * (options.Loops ?? Environment.ProcessorCount);

    public LoopListener Listen(
        ListenerOptions listener, Socket socket, FlowTable flows, IngressInterfaces interfaces, TurnedAway turnedAway, ProxyLog log) =>
        new(listener, socket, loops, pipeline, flows, interfaces, turnedAway, log);

    public void Dispose()
    {
        foreach (var loop in loops)
        {
            loop.Dispose();
        }
    }
}
