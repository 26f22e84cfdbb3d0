namespace SniProxy.Proxy.Loops;

/// <summary>One direction of a relay: the bytes that are on their way, and how far its end has come.</summary>
/// <param name="isUp">From the client to the upstream.</param>
internal struct LoopDirection(bool isUp)
{
    // That many reads in a row that large are a transfer, not a conversation: from then on the kernel moves the bytes.
    private const int LargeBytes = 16 * 1024;
    private const int LargeReads = 4;

    private byte largeReads;

    /// <summary>Read and not yet taken by the other side; nothing more is read until it is.</summary>
    public HeldBytes Unsent;

    public readonly bool IsUp => isUp;

    /// <summary>Where bytes are while the kernel moves them; null while there are none.</summary>
    public LoopPipe? Pipe { get; set; }

    /// <summary>The source has sent its last byte.</summary>
    public bool HasEnded { get; set; }

    /// <summary>And the other side was told.</summary>
    public bool IsOver { get; set; }

    public readonly bool IsTransfer => largeReads >= LargeReads;

    public readonly bool HasUnsent => Unsent.Length > 0 || Pipe is { Held: > 0 };

    public void CountRead(int bytes) => largeReads = bytes >= LargeBytes ? (byte)Math.Min(largeReads + 1, LargeReads) : (byte)0;

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
