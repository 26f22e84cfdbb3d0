using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using SniProxy.Enforcement;
using SniProxy.Flows;

namespace SniProxy.Proxy.Loops;

/// <summary>The second transport: a loop for each processor, and the proxy's pipeline running on them.</summary>
internal sealed class LoopTransport : IDisposable
{
    // Bounds what readers that stop can hold in the kernel: a pipe may be full of their bytes.
    private const int MaxPipesPerLoop = 64;

    // Of all descriptors one in so many may be a pipe's; a relay that gets none copies.
    private const int ShareOfPipes = 32;

    private readonly ConnectionDelegate pipeline;
    private readonly IReadOnlyList<Loop> loops;

    /// <param name="pipeline">What becomes of a connection.</param>
    /// <param name="options">How many loops, and how they wait.</param>
    /// <param name="log">For faults.</param>
    public LoopTransport(ConnectionDelegate pipeline, ProxyOptions options, ProxyLog log)
    {
        this.pipeline = pipeline;
        var pipes = PipesPerLoop(options, Descriptors.Limit());
        loops = [.. Enumerable.Range(0, Count(options)).Select(number => new Loop(number, options.LoopSpin, pipes, log))];
    }

    /// <summary>Descriptors that pipes may take beside those of the flows.</summary>
    /// <param name="options">How many loops there are, if any.</param>
    /// <param name="limit">RLIMIT_NOFILE.</param>
    public static int PipeDescriptors(ProxyOptions options, long limit) =>
        options.Transport == TransportKind.Loops ? PipePool.DescriptorsPerPipe * PipesPerLoop(options, limit) * Count(options) : 0;

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

    private static int Count(ProxyOptions options) => options.Loops ?? Environment.ProcessorCount;

    private static int PipesPerLoop(ProxyOptions options, long limit) =>
        (int)Math.Min(MaxPipesPerLoop, limit / (ShareOfPipes * PipePool.DescriptorsPerPipe * Count(options)));
}
