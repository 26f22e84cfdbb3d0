using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SniProxy.Dns;

/// <summary>
/// Sends datagrams from a chosen local address: <c>sendmsg(2)</c> with packet information (<c>ip(7)</c> IP_PKTINFO, <c>ipv6(7)</c>
/// IPV6_PKTINFO), which .NET can receive but not send. A socket bound to any address would otherwise answer from whichever the route
/// prefers, and neither a client nor connection tracking would know the reply.
/// </summary>
internal static unsafe partial class ReplySender
{
    private const int DontWait = 0x40;
    private const int LevelIPv4 = 0;
    private const int TypeIPv4 = 8;
    private const int LevelIPv6 = 41;
    private const int TypeIPv6 = 50;
    private const int ControlHeadSize = 16;
    private const int IPv4Size = 12;
    private const int IPv6Size = 20;

    /// <summary>Returns 0, or the error number. A full send buffer is an error like any other: the client asks again.</summary>
    /// <param name="socket">A datagram socket; one of IPv6 serves IPv4 clients by their mapped addresses.</param>
    /// <param name="message">The datagram.</param>
    /// <param name="client">Where it goes, in the socket's family.</param>
    /// <param name="local">Where it comes from, in the socket's family.</param>
    /// <param name="interfaceIndex">The interface of a link-local address.</param>
    public static int Send(Socket socket, ReadOnlySpan<byte> message, IPEndPoint client, IPAddress local, int interfaceIndex)
    {
        var isIPv6 = socket.AddressFamily == AddressFamily.InterNetworkV6;
        var size = isIPv6 ? IPv6Size : IPv4Size;
        Span<byte> control = stackalloc byte[ControlHeadSize + 24];
        control.Clear();
        control = control[..(ControlHeadSize + ((size + 7) & ~7))];
        WriteControl(control, isIPv6, size, local, interfaceIndex);
        var name = client.Serialize();
        fixed (byte* messagePointer = message)
        fixed (byte* controlPointer = control)
        fixed (byte* namePointer = name.Buffer.Span)
        {
            var vector = new Vector { Base = messagePointer, Length = (nuint)message.Length };
            var head = new MessageHead
            {
                Name = namePointer,
                NameLength = (uint)name.Size,
                Vectors = &vector,
                VectorCount = 1,
                Control = controlPointer,
                ControlLength = (nuint)control.Length,
            };
            return SendMessage(socket.SafeHandle, &head, DontWait) < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
    }

    private static void WriteControl(Span<byte> control, bool isIPv6, int size, IPAddress local, int interfaceIndex)
    {
        var words = MemoryMarshal.Cast<byte, int>(control);
        MemoryMarshal.Write(control, (nuint)(ControlHeadSize + size));
        words[2] = isIPv6 ? LevelIPv6 : LevelIPv4;
        words[3] = isIPv6 ? TypeIPv6 : TypeIPv4;
        var information = control[ControlHeadSize..];
        if (isIPv6)
        {
            // in6_pktinfo: address, interface.
            local.MapToIPv6().TryWriteBytes(information, out _);
            MemoryMarshal.Write(information[16..], local.IsIPv6LinkLocal ? interfaceIndex : 0);
        }
        else
        {
            // in_pktinfo: interface, source of the reply, destination of a received datagram.
            local.TryWriteBytes(information[4..], out _);
        }
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(SafeHandle socket, MessageHead* message, int flags);

    [StructLayout(LayoutKind.Sequential)]
    private struct Vector
    {
        public byte* Base;
        public nuint Length;
    }

    // struct msghdr of Linux on 64 bits.
    [StructLayout(LayoutKind.Sequential)]
    private struct MessageHead
    {
        public byte* Name;
        public uint NameLength;
        public Vector* Vectors;
        public nuint VectorCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
    }
}
