using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace SniProxy.Enforcement;

/// <summary>
/// The interface that something came in by: a source address alone can be anybody's. Names are asked of the kernel each time and never
/// believed from before, because interfaces come and go with sandboxes and an index outlives neither a renaming nor its interface.
/// </summary>
/// <param name="networkNamespace">Where the interfaces are; null for the process's own network namespace.</param>
internal sealed partial class IngressInterfaces(string? networkNamespace = null) : IDisposable
{
    // linux/in.h: level, the option that switches packet information on, and the one that reads it (ip(7) IP_PKTINFO).
    private const int LevelIPv4 = 0;
    private const int PacketInformation = 8;
    private const int PacketOptions = 9;

    // linux/in6.h: of the two option sets the older one (RFC 2292) is smaller and answers mapped connections as well.
    private const int LevelIPv6 = 41;
    private const int PacketInformation6 = 2;
    private const int PacketOptions6 = 6;

    // A control message header, then in_pktinfo (index first) or in6_pktinfo (index behind the address).
    private const int HeaderBytes = 16;
    private const int AddressBytes = 16;

    // linux/sockios.h SIOCGIFNAME takes and fills a struct ifreq: the name, then a union that begins with the index (netdevice(7)).
    private const nuint NameOfIndex = 0x8910;
    private const int NameBytes = 16;
    private const int RequestBytes = 40;

    // A power of two.
    private const int KeptNames = 256;

    // Names as strings, by the index that had them last: taken again where the kernel says the same.
    private readonly string?[] kept = new string?[KeptNames];

    // Bound to nothing; the kernel answers such questions on any socket.
    private readonly Socket control = networkNamespace is null
        ? new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
        : NetworkNamespace.OpenSocket(networkNamespace, AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    /// <summary>The interface of an accepted connection's first packet, which the kernel keeps with it; null where it does not tell.</summary>
    public string? Of(Socket accepted)
    {
        try
        {
            return Of((int)accepted.Handle, accepted.AddressFamily == AddressFamily.InterNetworkV6);
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
    }

    /// <summary>The same by descriptor; the family is that of the socket.</summary>
    public string? Of(int accepted, bool isIPv6Socket) => NameOf(isIPv6Socket
        ? Read(accepted, LevelIPv6, PacketInformation6, PacketOptions6, HeaderBytes + AddressBytes)
        : Read(accepted, LevelIPv4, PacketInformation, PacketOptions, HeaderBytes));

    /// <summary>The name that an index has now, or null when it is none (any more).</summary>
    public string? NameOf(int index)
    {
        if (index <= 0)
        {
            return null;
        }

        Span<byte> request = stackalloc byte[RequestBytes];
        BinaryPrimitives.WriteInt32LittleEndian(request[NameBytes..], index);
        if (Control(control.SafeHandle, NameOfIndex, ref MemoryMarshal.GetReference(request)) != 0)
        {
            return null;
        }

        var name = request[..NameBytes];
        var end = name.IndexOf((byte)0);
        return Text(end < 0 ? name : name[..end], ref kept[index & (KeptNames - 1)]);
    }

    public void Dispose() => control.Dispose();

    private static string Text(ReadOnlySpan<byte> name, ref string? place)
    {
        Span<char> text = stackalloc char[NameBytes];
        text = text[..Encoding.UTF8.GetChars(name, text)];
        return Volatile.Read(ref place) is { } known && text.SequenceEqual(known) ? known : place = new string(text);
    }

    private static int Read(int accepted, int level, int switchOn, int read, int offset)
    {
        Span<byte> options = stackalloc byte[128];
        return SocketOption.Write(accepted, level, switchOn, 1) && SocketOption.Read(accepted, level, read, options) is var length && length >= offset + sizeof(int)
            ? BinaryPrimitives.ReadInt32LittleEndian(options[offset..])
            : 0;
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Control(SafeSocketHandle socket, nuint request, ref byte argument);
}
