using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SniProxy.Enforcement;

/// <summary>A socket by which the kernel says that something changed in this network namespace (netlink(7)). What it says is not read, only that it spoke.</summary>
internal sealed partial class NetlinkSubscription : IDisposable
{
    // linux/netlink.h
    public const int RouteProtocol = 0;
    public const int NetfilterProtocol = 12;

    // linux/socket.h
    private const int NetlinkFamily = 16;
    private const int RawSocket = 3;
    private const int CloseOnExec = 0x80000;
    private const int DoNotWait = 0x40;
    private const int AddressLength = 12;

    // asm-generic/errno-base.h EAGAIN: nothing was said. Everything else, such as ENOBUFS when it said more than was kept, counts as change.
    private const int NothingThere = 11;

    private readonly SafeFileHandle socket;

    private NetlinkSubscription(SafeFileHandle socket) => this.socket = socket;

    public int Descriptor => (int)socket.DangerousGetHandle();

    /// <summary>Null where the kernel lets this process not listen.</summary>
    public static NetlinkSubscription? TryOpen(int protocol, uint groups)
    {
        var socket = new SafeFileHandle(Open(NetlinkFamily, RawSocket | CloseOnExec, protocol), ownsHandle: true);
        Span<byte> address = stackalloc byte[AddressLength];
        address.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(address, NetlinkFamily);
        BinaryPrimitives.WriteUInt32LittleEndian(address[8..], groups);
        if (!socket.IsInvalid && Bind(socket, in MemoryMarshal.GetReference(address), AddressLength) == 0)
        {
            return new NetlinkSubscription(socket);
        }

        socket.Dispose();
        return null;
    }

    /// <summary>True when it spoke since the last call, or may have.</summary>
    public bool TakeChanged()
    {
        // A message that is longer is cut, and has told enough.
        Span<byte> start = stackalloc byte[16];
        var changed = false;
        while (Receive(socket, ref MemoryMarshal.GetReference(start), (nuint)start.Length, DoNotWait) >= 0)
        {
            changed = true;
        }

        return changed || Marshal.GetLastPInvokeError() != NothingThere;
    }

    public void Dispose() => socket.Dispose();

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial nint Open(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(SafeFileHandle socket, in byte address, int length);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(SafeFileHandle socket, ref byte buffer, nuint length, int flags);
}
