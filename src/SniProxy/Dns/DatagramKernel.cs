using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SniProxy.Dns;

/// <summary>
/// Receiving and sending many datagrams by one system call (<c>recvmmsg(2)</c>, <c>sendmmsg(2)</c>), each with the address it was sent to and is
/// to be answered from, which .NET can receive but not send. Negative answers are errno.
/// </summary>
internal static unsafe partial class DatagramKernel
{
    public const int Interrupted = -4;

    // linux/socket.h
    private const int DontWait = 0x40;
    private const int WaitForOne = 0x10000;
    private const int ShutReceive = 0;

    // asm/socket.h SO_MEMINFO; linux/sock_diag.h: of its numbers SK_MEMINFO_DROPS is the last.
    private const int SocketLevel = 1;
    private const int MemoryOption = 55;
    private const int MemoryNumbers = 9;

    /// <summary>Waits for one datagram and takes as many more as are there; 0 is a socket that was shut.</summary>
    public static int Receive(SafeSocketHandle socket, MessageHead* heads, int most) =>
        Answer(recvmmsg(socket, heads, (uint)most, WaitForOne, null));

    /// <summary>How many were sent before the first that cannot be. A full buffer is an error like any other: the client asks again.</summary>
    public static int Send(SafeSocketHandle socket, MessageHead* heads, int count) => Answer(sendmmsg(socket, heads, (uint)count, DontWait));

    /// <summary>Wakes whoever waits for a datagram, now and later. The kernel does it also where it says that nothing is connected.</summary>
    public static void ShutReceiving(SafeSocketHandle socket) => _ = shutdown(socket, ShutReceive);

    /// <summary>Datagrams that were dropped because this socket's buffer was full; 0 once it is closed, or where the kernel does not say.</summary>
    public static long DroppedBy(Socket socket)
    {
        Span<byte> numbers = stackalloc byte[MemoryNumbers * sizeof(uint)];
        try
        {
            return socket.GetRawSocketOption(SocketLevel, MemoryOption, numbers) < numbers.Length ? 0 : MemoryMarshal.Read<uint>(numbers[^sizeof(uint)..]);
        }
        catch (Exception error) when (error is ObjectDisposedException or SocketException)
        {
            return 0;
        }
    }

    private static int Answer(int returned) => returned >= 0 ? returned : -Marshal.GetLastPInvokeError();

    // Named as in the manual pages they cite.
#pragma warning disable IDE1006
    [LibraryImport("libc", SetLastError = true)]
    private static partial int recvmmsg(SafeSocketHandle socket, MessageHead* heads, uint count, int flags, void* timeout);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sendmmsg(SafeSocketHandle socket, MessageHead* heads, uint count, int flags);

    [LibraryImport("libc")]
    private static partial int shutdown(SafeSocketHandle socket, int how);
#pragma warning restore IDE1006

    /// <summary>struct mmsghdr of Linux on 64 bits: a struct msghdr, and how long the datagram is.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MessageHead
    {
        public byte* Name;
        public uint NameLength;
        public Vector* Vectors;
        public nuint VectorCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
        private readonly int padding;
        public uint Length;
        private readonly int endPadding;
    }

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Vector
    {
        public byte* Base;
        public nuint Length;
    }
}
