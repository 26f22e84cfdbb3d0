using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SniProxy.Enforcement;

/// <summary>
/// Tells whether anything that rules consist of may have changed in this network namespace: nftables, routing rules and routes, interfaces.
/// The kernel says so by itself (netlink(7)); what it says is not read, only that it spoke. To ask costs two system calls, where reading
/// the rules starts four programs.
/// </summary>
internal sealed partial class KernelChanges : IDisposable
{
    // linux/socket.h, linux/netlink.h
    private const int NetlinkFamily = 16;
    private const int RawSocket = 3;
    private const int CloseOnExec = 0x80000;
    private const int DoNotWait = 0x40;
    private const int RouteProtocol = 0;
    private const int NetfilterProtocol = 12;
    private const int AddressLength = 12;

    // linux/rtnetlink.h RTNLGRP_LINK 1, IPV4_ROUTE 7, IPV4_RULE 8, IPV6_ROUTE 11, IPV6_RULE 19; linux/netfilter/nfnetlink.h NFNLGRP_NFTABLES 7.
    private const uint RouteGroups = 1u << 0 | 1u << 6 | 1u << 7 | 1u << 10 | 1u << 18;
    private const uint NetfilterGroups = 1u << 6;

    // asm-generic/errno-base.h EAGAIN: nothing was said. Everything else, such as ENOBUFS when it said more than was kept, counts as change.
    private const int NothingThere = 11;

    private readonly SafeFileHandle? routes = Subscribe(RouteProtocol, RouteGroups);
    private readonly SafeFileHandle? tables = Subscribe(NetfilterProtocol, NetfilterGroups);

    /// <summary>True when something may have changed since the last call, and where the kernel does not tell; never false for a change that was made before.</summary>
    public bool TakeChanged()
    {
        var routesChanged = Drain(routes);
        var tablesChanged = Drain(tables);
        return routesChanged || tablesChanged;
    }

    public void Dispose()
    {
        routes?.Dispose();
        tables?.Dispose();
    }

    // Null where the kernel lets this process not listen.
    private static SafeFileHandle? Subscribe(int protocol, uint groups)
    {
        var handle = new SafeFileHandle(Open(NetlinkFamily, RawSocket | CloseOnExec, protocol), ownsHandle: true);
        Span<byte> address = stackalloc byte[AddressLength];
        BinaryPrimitives.WriteUInt16LittleEndian(address, NetlinkFamily);
        BinaryPrimitives.WriteUInt32LittleEndian(address[8..], groups);
        if (!handle.IsInvalid && Bind(handle, in MemoryMarshal.GetReference(address), AddressLength) == 0)
        {
            return handle;
        }

        handle.Dispose();
        return null;
    }

    private static bool Drain(SafeFileHandle? subscription)
    {
        if (subscription is null)
        {
            return true;
        }

        // A message that is longer is cut, and has told enough.
        Span<byte> start = stackalloc byte[16];
        var changed = false;
        while (Receive(subscription, ref MemoryMarshal.GetReference(start), (nuint)start.Length, DoNotWait) >= 0)
        {
            changed = true;
        }

        return changed || Marshal.GetLastPInvokeError() != NothingThere;
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial nint Open(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(SafeFileHandle socket, in byte address, int length);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(SafeFileHandle socket, ref byte buffer, nuint length, int flags);
}
