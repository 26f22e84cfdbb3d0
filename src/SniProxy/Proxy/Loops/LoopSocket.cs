using SniProxy.Proxy.Connections;

namespace SniProxy.Proxy.Loops;

/// <summary>
/// A TCP socket that one loop watches. The loop is told only when something changes (epoll(7), edge-triggered), so the flags remember what is
/// possible until the kernel says that it is not any more. Not for any other thread.
/// </summary>
internal sealed class LoopSocket(Loop loop, int descriptor) : IUpstream
{
    /// <summary>Its place among the sockets of its loop; -1 while it is not watched.</summary>
    public int Slot { get; set; } = -1;

    public int Descriptor { get; private set; } = descriptor;

    public ILoopSocketOwner? Owner { get; set; }

    public bool IsReadable { get; set; }

    public bool IsWritable { get; set; }

    /// <summary>The peer has sent its last byte; what is left can be read without being told of it again.</summary>
    public bool HasPeerFinished { get; set; }

    /// <summary>The peer may have sent an urgent byte: reading stops there (tcp(7)), and what follows is not told again.</summary>
    public bool HasUrgent { get; set; }

    /// <summary>An error waits on it.</summary>
    public bool HasFailed { get; set; }

    public bool IsClosed => Descriptor < 0;

    /// <summary>How many bytes came, 0 at the end, <see cref="Kernel.WouldBlock"/> where there is nothing yet, another negative errno.</summary>
    public int Receive(Span<byte> buffer)
    {
        var received = Kernel.Receive(Descriptor, buffer);
        if (received == Kernel.WouldBlock || (received >= 0 && received < buffer.Length && !HasPeerFinished && !HasUrgent))
        {
            // Less than there was room for is all there was, and whatever comes later is told (epoll(7), question 9).
            IsReadable = false;
        }

        return received;
    }

    /// <summary>How many bytes the kernel took, 0 where it takes none now, or a negative errno.</summary>
    /// <param name="bytes">What to send.</param>
    /// <param name="isBeforeEnd">The end follows at once.</param>
    public int Send(ReadOnlySpan<byte> bytes, bool isBeforeEnd = false)
    {
        var sent = isBeforeEnd ? Kernel.SendBeforeEnd(Descriptor, bytes) : Kernel.Send(Descriptor, bytes);
        if (sent == Kernel.WouldBlock)
        {
            IsWritable = false;
            return 0;
        }

        IsWritable &= sent == bytes.Length;
        return sent;
    }

    public void FinishSending() => Kernel.FinishSending(Descriptor);

    /// <summary>Ends by RST.</summary>
    public void Reset()
    {
        if (Leave() is >= 0 and var left)
        {
            Kernel.Reset(left);
        }
    }

    public void Dispose()
    {
        if (Leave() is >= 0 and var left)
        {
            Kernel.Close(left);
        }
    }

    /// <summary>Its descriptor, for whoever closes it; negative where it is closed. It is closed from here on, and watched by nobody.</summary>
    public int Leave()
    {
        var left = Descriptor;
        if (left >= 0)
        {
            // A descriptor that is closed leaves its epoll by itself, having been duplicated nowhere.
            loop.Forget(this);
            Descriptor = -1;
            Owner = null;
        }

        return left;
    }
}
