using SniProxy.Proxy.Connections;

namespace SniProxy.Proxy.Loops;

/// <summary>One direction of a relay: where bytes come from, where they go, and those that are on their way.</summary>
internal sealed class LoopDirection(LoopSocket from, LoopSocket to)
{
    // That many reads in a row that large are a transfer, not a conversation: from then on the kernel moves the bytes.
    private const int LargeBytes = 16 * 1024;
    private const int LargeReads = 4;

    private int largeReads;

    /// <summary>Read and not yet taken by the other side; nothing more is read until it is.</summary>
    public HeldBytes Unsent;

    public LoopSocket From => from;

    public LoopSocket To => to;

    /// <summary>Where bytes are while the kernel moves them; null while there are none.</summary>
    public LoopPipe? Pipe { get; set; }

    /// <summary>The source has sent its last byte.</summary>
    public bool HasEnded { get; set; }

    /// <summary>And the other side was told.</summary>
    public bool IsOver { get; set; }

    public bool IsTransfer => largeReads >= LargeReads;

    public bool HasUnsent => Unsent.Length > 0 || Pipe is { Held: > 0 };

    public void CountRead(int bytes) => largeReads = bytes >= LargeBytes ? largeReads + 1 : 0;

    public void Release(PipePool pipes)
    {
        Unsent.Release();
        if (Pipe is { } pipe)
        {
            pipes.Return(pipe);
            Pipe = null;
        }
    }
}
