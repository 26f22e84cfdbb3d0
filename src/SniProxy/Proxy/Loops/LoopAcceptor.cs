using Microsoft.AspNetCore.Connections;
using SniProxy.Core.Contract;
using SniProxy.Enforcement;
using SniProxy.Flows;

namespace SniProxy.Proxy.Loops;

/// <summary>
/// Accepts a listener's connections on one loop and begins their lives there. Over the limit on all flows a connection is reset at once;
/// when the kernel has no descriptor left, accepting pauses instead of spinning.
/// </summary>
internal sealed class LoopAcceptor
{
    // So that those who are served already wait no longer than for this many new ones.
    private const int AcceptsAtOnce = 64;

    // So many go in steps: enough for caches to pay, few enough that none waits long for the others, and that other loops find some as well.
    private const int StepsTogether = 8;

    // Long enough to cost nothing, short enough that nobody notices once descriptors are free again.
    private static readonly TimeSpan PauseWithoutDescriptors = TimeSpan.FromMilliseconds(100);

    private readonly Loop loop;
    private readonly ConnectionDelegate pipeline;
    private readonly FlowTable flows;
    private readonly TurnedAway turnedAway;
    private readonly ProxyLog log;
    private readonly List<LoopConnection> arrived = new(StepsTogether);
    private int slot = -1;
    private bool isStopped;
    private Timer? pause;

    public LoopAcceptor(
        Loop loop, LoopListener listener, ConnectionDelegate pipeline, FlowTable flows, IngressInterfaces interfaces, TurnedAway turnedAway, ProxyLog log)
    {
        this.loop = loop;
        this.pipeline = pipeline;
        this.flows = flows;
        this.turnedAway = turnedAway;
        this.log = log;
        Listener = listener;
        Interfaces = interfaces;
    }

    public LoopListener Listener { get; }

    public int Descriptor => Listener.Descriptor;

    public IngressInterfaces Interfaces { get; }

    public FlowTable Flows => flows;

    /// <summary>On the loop: takes connections from now on.</summary>
    public void Start()
    {
        if (!isStopped)
        {
            slot = loop.WatchListener(this);
        }
    }

    /// <summary>On the loop: takes none any more.</summary>
    public void Stop()
    {
        isStopped = true;
        pause?.Dispose();
        Unwatch();
    }

    /// <summary>
    /// Takes who waits, and begins their lives in steps: each step for all of them before the next one for any. A step's code and data are then in
    /// the processor's caches for all but the first.
    /// </summary>
    public void Accept()
    {
        try
        {
            TakeWaiting();
        }
        finally
        {
            BeginArrived();
        }
    }

    private void TakeWaiting()
    {
        Span<byte> name = stackalloc byte[Kernel.SocketAddressBytes];

        // An accept that finds nobody makes a socket first and throws it away, so it is better known before how many there are. Whoever comes
        // meanwhile is told again.
        for (var left = Math.Clamp(Kernel.CountWaiting(Descriptor), 1, AcceptsAtOnce); left > 0; left--)
        {
            var accepted = Kernel.Accept(Descriptor, name);
            switch (accepted)
            {
                case >= 0:
                    Admit(accepted, SocketName.Read(name));
                    break;
                case Kernel.WouldBlock:
                    return;
                case Kernel.TooManyInProcess or Kernel.TooManyInSystem or Kernel.NoBuffers or Kernel.NoMemory:
                    Pause();
                    return;
                default:
                    // The client left the backlog before its turn, or its network fails: accept(2) gives the errors that wait on the new socket
                    // and wants them treated as "try again".
                    break;
            }
        }
    }

    private void Admit(int accepted, Endpoint client)
    {
        loop.NoteServing(false);
        if (!flows.TryEnter() && !TryEnterOnceOthersLeft())
        {
            TurnAway(accepted, client);
            return;
        }

        // Its first bytes may be here already, and where it is refused right away nothing ever waits for it: it is not watched before it has to be.
        var socket = new LoopSocket(loop, accepted) { IsReadable = true, IsWritable = true };
        arrived.Add(new LoopConnection(loop, socket, this, client));
        if (arrived.Count == StepsTogether)
        {
            BeginArrived();
        }
    }

    // Those who arrived with it hold their places only until they were judged.
    private bool TryEnterOnceOthersLeft()
    {
        BeginArrived();
        return flows.TryEnter();
    }

    private void BeginArrived()
    {
        foreach (var connection in arrived)
        {
            connection.LookAhead();
        }

        foreach (var connection in arrived)
        {
            try
            {
                // It tells and ends by itself, whatever becomes of it; the place among the flows is given back there.
                _ = pipeline(connection);
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                // The others have nothing to do with it.
                log.Fault(error);
            }
        }

        arrived.Clear();
        loop.Leavers.Go();
    }

    private void TurnAway(int accepted, Endpoint client)
    {
        turnedAway.Tell(Listener.Options, client, () => Interfaces.Of(accepted, Listener.IsIPv6Socket));
        Kernel.Reset(accepted);
        log.RefusedOverLimit(Listener.Options.Name);
    }

    private void Pause()
    {
        log.OutOfDescriptors(Listener.Options.Name);
        Unwatch();
        pause ??= new Timer(static acceptor => ((LoopAcceptor)acceptor!).GoOn());
        pause.Change(PauseWithoutDescriptors, Timeout.InfiniteTimeSpan);
    }

    private void GoOn() => loop.Post(static acceptor => ((LoopAcceptor)acceptor!).Start(), this);

    private void Unwatch()
    {
        if (slot >= 0)
        {
            loop.UnwatchListener(this, slot);
            slot = -1;
        }
    }
}
