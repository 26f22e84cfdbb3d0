using System.Runtime.InteropServices;

namespace SniProxy.Enforcement;

/// <summary>
/// Says when addresses of this machine come or go. The runtime has an event for it, but to unsubscribe from that while one is on its way can
/// wait for itself for ever (.NET 10.0.12), and exec unsubscribes exactly when its own interface goes.
/// </summary>
internal sealed partial class AddressChanges : IDisposable
{
    // linux/rtnetlink.h RTNLGRP_IPV4_IFADDR 5, RTNLGRP_IPV6_IFADDR 9
    private const uint AddressGroups = 1u << 4 | 1u << 8;

    // poll.h POLLIN; eventfd(2) EFD_CLOEXEC
    private const short Readable = 1;
    private const int CloseOnExec = 0x80000;

    private readonly Action changed;
    private readonly NetlinkSubscription? subscription = NetlinkSubscription.TryOpen(NetlinkSubscription.RouteProtocol, AddressGroups);
    private readonly int bell = OpenBell(0, CloseOnExec);
    private readonly Thread? thread;

    /// <param name="changed">Called after each change or a few of them, on a thread of its own; it must not throw.</param>
    public AddressChanges(Action changed)
    {
        this.changed = changed;
        if (subscription is not null && bell >= 0)
        {
            thread = new Thread(Listen) { IsBackground = true, Name = "address changes" };
            thread.Start();
        }
    }

    public void Dispose()
    {
        if (thread is not null)
        {
            var stop = 1UL;
            _ = Ring(bell, in stop, sizeof(ulong));
            thread.Join();
        }

        subscription?.Dispose();
        if (bell >= 0)
        {
            _ = Close(bell);
        }
    }

    private void Listen()
    {
        if (subscription is null)
        {
            return;
        }

        var watched = new Watched[] { new(subscription.Descriptor, Readable), new(bell, Readable) };
        while (true)
        {
            var ready = Poll(ref MemoryMarshal.GetArrayDataReference(watched), (nuint)watched.Length, -1);
            if (watched[1].Found != 0)
            {
                return;
            }

            if (ready > 0 && subscription.TakeChanged())
            {
                changed();
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "eventfd")]
    private static partial int OpenBell(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Ring(int bell, in ulong value, nuint length);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref Watched first, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    // struct pollfd
    [StructLayout(LayoutKind.Sequential)]
    private struct Watched(int descriptor, short wanted)
    {
        public int Descriptor = descriptor;
        public short Wanted = wanted;
        public short Found;
    }
}
