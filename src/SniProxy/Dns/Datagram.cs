using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SniProxy.Core.Addresses;
using SniProxy.Core.Dns;

namespace SniProxy.Dns;

/// <summary>
/// A question over UDP and room for its reply, in memory that does not move. What the kernel wrote of where it came from and where it went to is
/// what the reply is sent by: from the address that was asked (<c>ip(7)</c> IP_PKTINFO, <c>ipv6(7)</c> IPV6_PKTINFO), since a socket bound to
/// any address would answer from whichever the route prefers, and neither a client nor connection tracking would know the reply.
/// <code>
/// vector 16 | sockaddr 32 | control 64: head 16 (length 8, level 4, type 4), in_pktinfo 12 or in6_pktinfo 20 | question 4096 | reply 1232
/// </code>
/// </summary>
internal sealed unsafe class Datagram
{
    // No question is longer; a longer datagram is cut and then no question either.
    private const int MaxQueryLength = 4096;

    private const int NameAt = 16;
    private const int NameBytes = 28;
    private const int ControlAt = 48;
    private const int ControlBytes = 64;
    private const int QueryAt = ControlAt + ControlBytes;
    private const int ReplyAt = QueryAt + MaxQueryLength;

    // sys/socket.h, linux/in.h, linux/in6.h
    private const ushort FamilyIPv6 = 10;
    private const int InformationAt = ControlAt + 16;
    private const int TypeIPv6 = 50;
    private const int IPv4ControlBytes = 32;
    private const int IPv6ControlBytes = 40;

    private readonly byte[] bytes = GC.AllocateUninitializedArray<byte>(ReplyAt + DnsReplyWriter.MaxUdpLength, pinned: true);
    private int nameLength;
    private bool isToldWhere;

    /// <summary>Where the reply is written.</summary>
    public Memory<byte> Reply => bytes.AsMemory(ReplyAt);

    public Endpoint Client { get; private set; }

    /// <summary>The address it was sent to; unspecified where the kernel did not tell.</summary>
    public Address Local { get; private set; }

    /// <summary>The interface it came in by, or 0.</summary>
    public int Interface { get; private set; }

    private byte* Start => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(bytes));

    private Span<byte> Control => bytes.AsSpan(ControlAt, ControlBytes);

    private bool IsIPv6Control => MemoryMarshal.Read<int>(Control[12..]) == TypeIPv6;

    /// <summary>Makes the head one by which a datagram is received into this.</summary>
    public void PrepareToReceive(DatagramKernel.MessageHead* head)
    {
        var start = Start;
        *(DatagramKernel.Vector*)start = new DatagramKernel.Vector { Base = start + QueryAt, Length = MaxQueryLength };
        *head = new DatagramKernel.MessageHead
        {
            Name = start + NameAt,
            NameLength = NameBytes,
            Vectors = (DatagramKernel.Vector*)start,
            VectorCount = 1,
            Control = start + ControlAt,
            ControlLength = ControlBytes,
        };
    }

    /// <summary>Reads what the kernel has told of it, and answers the question.</summary>
    public ReadOnlyMemory<byte> Received(DatagramKernel.MessageHead* head)
    {
        nameLength = (int)head->NameLength;
        var name = bytes.AsSpan(NameAt, NameBytes);
        var port = BinaryPrimitives.ReadUInt16BigEndian(name[2..]);
        Client = new Endpoint(Address.FromBytes(MemoryMarshal.Read<ushort>(name) == FamilyIPv6 ? name[8..24] : name[4..8]), port);

        isToldWhere = head->ControlLength >= IPv4ControlBytes;
        var information = bytes.AsSpan(InformationAt);
        (Local, Interface) = !isToldWhere ? default
            : IsIPv6Control ? (Address.FromBytes(information[..16]), MemoryMarshal.Read<int>(information[16..]))
            : (Address.FromBytes(information[8..12]), MemoryMarshal.Read<int>(information));
        return bytes.AsMemory(QueryAt, Math.Min((int)head->Length, MaxQueryLength));
    }

    /// <summary>Makes the head one by which so many bytes of the reply are sent.</summary>
    public void PrepareToSend(DatagramKernel.MessageHead* head, int length)
    {
        var start = Start;
        *(DatagramKernel.Vector*)start = new DatagramKernel.Vector { Base = start + ReplyAt, Length = (nuint)length };
        *head = new DatagramKernel.MessageHead
        {
            Name = start + NameAt,
            NameLength = (uint)nameLength,
            Vectors = (DatagramKernel.Vector*)start,
            VectorCount = 1,
            Control = start + ControlAt,
            ControlLength = isToldWhere ? AnswerFromLocal() : 0,
        };
    }

    // The route chooses the interface, but for an address that every link may have. Of in_pktinfo the source of what is sent is another field than
    // the destination of what was received.
    private nuint AnswerFromLocal()
    {
        var information = bytes.AsSpan(InformationAt);
        if (IsIPv6Control)
        {
            MemoryMarshal.Write(information[16..], Local.IsIPv6LinkLocal ? Interface : 0);
            return IPv6ControlBytes;
        }

        information[8..12].CopyTo(information[4..]);
        MemoryMarshal.Write(information, 0);
        return IPv4ControlBytes;
    }
}
