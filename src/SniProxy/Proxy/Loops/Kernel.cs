// Over 200 lines: every system call of the loops and every number it takes stand here and nowhere else.
using System.Runtime.InteropServices;

namespace SniProxy.Proxy.Loops;

/// <summary>
/// The system calls of the loops. Descriptors are plain numbers that never enter the runtime's socket engine; who has one closes it.
/// Negative answers are errno, so that one number tells all.
/// </summary>
internal static partial class Kernel
{
    // asm-generic/errno-base.h and errno.h
    public const int WouldBlock = -11;
    public const int NoMemory = -12;
    public const int TooManyInSystem = -23;
    public const int TooManyInProcess = -24;
    public const int BrokenPipe = -32;
    public const int NoBuffers = -105;
    public const int TimedOut = -110;
    public const int InProgress = -115;

    // sys/epoll.h
    public const uint Readable = 0x001;
    public const uint Urgent = 0x002;
    public const uint Writable = 0x004;
    public const uint Failed = 0x008;
    public const uint HungUp = 0x010;
    public const uint PeerFinished = 0x2000;
    public const uint Exclusive = 1u << 28;
    public const uint OnEdge = 1u << 31;

    // linux/socket.h, linux/in.h, linux/tcp.h
    public const int FamilyIPv4 = 2;
    public const int FamilyIPv6 = 10;
    public const int SocketAddressBytes = 28;
    private const int Stream = 1;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int LevelSocket = 1;
    private const int ErrorOption = 4;
    private const int LingerOption = 13;
    private const int LevelTcp = 6;
    private const int NoDelayOption = 1;
    private const int InfoOption = 11;

    // struct tcp_info as far as tcpi_unacked, seven words of it.
    private const int InfoBytes = 28;
    private const int QuickAckOption = 12;
    private const int NoSignal = 0x4000;
    private const int MoreFollows = 0x8000;
    private const int ShutSend = 1;
    private const int SetStatusFlags = 4;

    // linux/fcntl.h F_SETPIPE_SZ, fcntl.h SPLICE_F_MOVE | SPLICE_F_NONBLOCK
    private const int SetPipeSize = 1031;
    private const uint MoveWithoutBlocking = 3;

    private const int AddToEpoll = 1;
    private const int RemoveFromEpoll = 2;

    /// <summary>struct epoll_event has no padding on x86-64 alone (epoll_ctl(2)).</summary>
    public static readonly int EventBytes = IsPacked ? 12 : 16;

    public static readonly int EventTagOffset = IsPacked ? 4 : 8;

    private static bool IsPacked => RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86;

    public static int Accept(int listener, Span<byte> client)
    {
        var length = client.Length;
        return Answer(accept4(listener, ref MemoryMarshal.GetReference(client), ref length, NonBlocking | CloseOnExec));
    }

    /// <summary>
    /// How many connections wait on a listening socket to be accepted, which is what tcpi_unacked means of one that listens (tcp_get_info of the
    /// kernel); 0 where it does not say.
    /// </summary>
    public static int CountWaiting(int listener)
    {
        Span<int> info = stackalloc int[InfoBytes / sizeof(int)];
        var length = InfoBytes;
        return getsockopt(listener, LevelTcp, InfoOption, ref MemoryMarshal.GetReference(info), ref length) == 0 && length == InfoBytes ? info[^1] : 0;
    }

    public static int OpenSocket(int family) => Answer(socket(family, Stream | NonBlocking | CloseOnExec, 0));

    public static int Connect(int descriptor, ReadOnlySpan<byte> address) =>
        Answer(connect(descriptor, in MemoryMarshal.GetReference(address), address.Length));

    public static int LocalName(int descriptor, Span<byte> address)
    {
        var length = address.Length;
        return Answer(getsockname(descriptor, ref MemoryMarshal.GetReference(address), ref length));
    }

    public static int Receive(int descriptor, Span<byte> buffer) =>
        Answer(recv(descriptor, ref MemoryMarshal.GetReference(buffer), (nuint)buffer.Length, 0));

    public static int Send(int descriptor, ReadOnlySpan<byte> bytes) =>
        Answer(send(descriptor, in MemoryMarshal.GetReference(bytes), (nuint)bytes.Length, NoSignal));

    /// <summary>The same, for bytes that wait for what follows: the end then travels with them instead of behind them.</summary>
    public static int SendBeforeEnd(int descriptor, ReadOnlySpan<byte> bytes) =>
        Answer(send(descriptor, in MemoryMarshal.GetReference(bytes), (nuint)bytes.Length, NoSignal | MoreFollows));

    public static void FinishSending(int descriptor) => _ = shutdown(descriptor, ShutSend);

    /// <summary>The error that waits on a socket, as a negative number, or 0; asking takes it away.</summary>
    public static int TakeError(int descriptor)
    {
        var error = 0;
        var length = sizeof(int);
        return getsockopt(descriptor, LevelSocket, ErrorOption, ref error, ref length) == 0 ? -error : -Marshal.GetLastSystemError();
    }

    public static void SendAtOnce(int descriptor)
    {
        var on = 1L;
        _ = setsockopt(descriptor, LevelTcp, NoDelayOption, in on, sizeof(int));
    }

    /// <summary>
    /// What arrives first is not acknowledged by a packet of its own but by the one that answers it (tcp(7), TCP_QUICKACK); accepted sockets
    /// inherit it.
    /// </summary>
    public static void AcknowledgeWithAnswer(int descriptor)
    {
        var off = 0L;
        _ = setsockopt(descriptor, LevelTcp, QuickAckOption, in off, sizeof(int));
    }

    public static void Close(int descriptor) => _ = close(descriptor);

    /// <summary>Closes by RST (RFC 9293 section 3.10.5): struct linger, switched on with no time.</summary>
    public static void Reset(int descriptor)
    {
        var immediately = 1L;
        _ = setsockopt(descriptor, LevelSocket, LingerOption, in immediately, sizeof(long));
        _ = close(descriptor);
    }

    public static void SetNonBlocking(int descriptor) => _ = fcntl(descriptor, SetStatusFlags, NonBlocking);

    public static int OpenEpoll() => Answer(epoll_create1(CloseOnExec));

    public static int Watch(int epoll, int descriptor, uint events, ulong tag)
    {
        Span<byte> entry = stackalloc byte[EventBytes];
        MemoryMarshal.Write(entry, events);
        MemoryMarshal.Write(entry[EventTagOffset..], tag);
        return Answer(epoll_ctl(epoll, AddToEpoll, descriptor, ref MemoryMarshal.GetReference(entry)));
    }

    public static void Unwatch(int epoll, int descriptor)
    {
        Span<byte> entry = stackalloc byte[EventBytes];
        _ = epoll_ctl(epoll, RemoveFromEpoll, descriptor, ref MemoryMarshal.GetReference(entry));
    }

    /// <summary>How many events came; milliseconds, 0 not to wait, -1 for ever.</summary>
    public static int Wait(int epoll, Span<byte> events, int milliseconds) =>
        Answer(epoll_wait(epoll, ref MemoryMarshal.GetReference(events), events.Length / EventBytes, milliseconds));

    public static int OpenBell() => Answer(eventfd(0, NonBlocking | CloseOnExec));

    public static void Ring(int bell)
    {
        var one = 1UL;
        _ = write(bell, in one, sizeof(ulong));
    }

    public static void Silence(int bell)
    {
        var rings = 0UL;
        _ = read(bell, ref rings, sizeof(ulong));
    }

    /// <summary>A pipe that holds as much as the kernel grants of what is wanted.</summary>
    public static int OpenPipe(int wantedBytes, out int output, out int input)
    {
        Span<int> ends = stackalloc int[2];
        var answer = Answer(pipe2(ref MemoryMarshal.GetReference(ends), NonBlocking | CloseOnExec));
        (output, input) = (ends[0], ends[1]);
        if (answer >= 0)
        {
            _ = fcntl(input, SetPipeSize, wantedBytes);
        }

        return answer;
    }

    public static int Splice(int from, int to, int atMost) => Answer(splice(from, 0, to, 0, (nuint)atMost, MoveWithoutBlocking));

    // Errno is looked at only where a call has failed: to clear it before each and to keep it after each would cost what the call's way out costs.
    private static int Answer(nint returned) => returned >= 0 ? (int)returned : -Marshal.GetLastSystemError();

    // Named as in the manual pages they cite.
#pragma warning disable IDE1006
    [LibraryImport("libc")]
    private static partial int accept4(int listener, ref byte address, ref int length, int flags);

    [LibraryImport("libc")]
    private static partial int socket(int family, int type, int protocol);

    [LibraryImport("libc")]
    private static partial int connect(int descriptor, in byte address, int length);

    [LibraryImport("libc")]
    private static partial int getsockname(int descriptor, ref byte address, ref int length);

    [LibraryImport("libc")]
    private static partial nint recv(int descriptor, ref byte buffer, nuint length, int flags);

    [LibraryImport("libc")]
    private static partial nint send(int descriptor, in byte bytes, nuint length, int flags);

    [LibraryImport("libc")]
    private static partial int shutdown(int descriptor, int how);

    [LibraryImport("libc")]
    private static partial int getsockopt(int descriptor, int level, int option, ref int value, ref int length);

    [LibraryImport("libc")]
    private static partial int setsockopt(int descriptor, int level, int option, in long value, int length);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);

    [LibraryImport("libc")]
    private static partial int fcntl(int descriptor, int command, int argument);

    [LibraryImport("libc")]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc")]
    private static partial int epoll_ctl(int epoll, int operation, int descriptor, ref byte entry);

    [LibraryImport("libc")]
    private static partial int epoll_wait(int epoll, ref byte events, int maximum, int milliseconds);

    [LibraryImport("libc")]
    private static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc")]
    private static partial nint write(int descriptor, in ulong value, nuint length);

    [LibraryImport("libc")]
    private static partial nint read(int descriptor, ref ulong value, nuint length);

    [LibraryImport("libc")]
    private static partial int pipe2(ref int ends, int flags);

    [LibraryImport("libc")]
    private static partial nint splice(int from, nint fromOffset, int to, nint toOffset, nuint length, uint flags);
#pragma warning restore IDE1006
}
