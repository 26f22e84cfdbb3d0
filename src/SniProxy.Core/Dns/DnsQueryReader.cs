using System.Buffers.Binary;
using SniProxy.Core.Names;

namespace SniProxy.Core.Dns;

/// <summary>
/// Reads what a client sent to port 53. Nothing of it goes any further than name and type: an upstream is asked by a message made anew.
/// <code>
/// header 12 | question: labels… 0, type 2, class 2 | records (only OPT is of interest): name, type 2, class 2, TTL 4, length 2, data
/// </code>
/// </summary>
public static class DnsQueryReader
{
    /// <summary>The smallest size every client takes over UDP (RFC 1035 section 4.2.1).</summary>
    public const ushort MinUdpSize = 512;

    private const ushort ClassIn = 1;
    private const int RecordHeadSize = 10;

    /// <param name="message">As it came.</param>
    /// <param name="query">What it asks, as far as it could be read.</param>
    /// <param name="cache">Names that were read before; null for none.</param>
    public static DnsQueryStatus Read(ReadOnlySpan<byte> message, out DnsQuery query, HostNameCache? cache = null)
    {
        query = default;
        if (!DnsHeader.TryRead(message, out var header) || header.IsResponse || header.IsTruncated)
        {
            return DnsQueryStatus.Drop;
        }

        query = new DnsQuery { Header = header, UdpSize = MinUdpSize };
        if (header.Opcode != 0)
        {
            return DnsQueryStatus.NotImp;
        }

        if (header.Questions != 1)
        {
            return DnsQueryStatus.FormErr;
        }

        var nameLength = WireName.Measure(message[DnsHeader.Size..]);
        var position = DnsHeader.Size + nameLength + 4;
        if (nameLength == 0 || position > message.Length)
        {
            return DnsQueryStatus.FormErr;
        }

        query = query with
        {
            QuestionLength = nameLength + 4,
            Type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(message[(position - 4)..]),
            Class = BinaryPrimitives.ReadUInt16BigEndian(message[(position - 2)..]),
            Name = WireName.ToHostName(message.Slice(DnsHeader.Size, nameLength), cache),
        };
        var status = ReadRecords(message, position, ref query);
        return status == DnsQueryStatus.Complete && query.Class != ClassIn ? DnsQueryStatus.Refused : status;
    }

    private static DnsQueryStatus ReadRecords(ReadOnlySpan<byte> message, int position, ref DnsQuery query)
    {
        Span<byte> owner = stackalloc byte[WireName.MaxLength];
        var version = 0;
        var firstAdditional = query.Header.Answers + query.Header.Authorities;
        for (var i = 0; i < firstAdditional + query.Header.Additionals; i++)
        {
            if (!WireName.TryRead(message, ref position, owner, out var ownerLength) || message.Length - position < RecordHeadSize)
            {
                return DnsQueryStatus.FormErr;
            }

            var head = message[position..];
            var length = BinaryPrimitives.ReadUInt16BigEndian(head[8..]);
            position += RecordHeadSize + length;
            if (position > message.Length)
            {
                return DnsQueryStatus.FormErr;
            }

            if (i < firstAdditional || BinaryPrimitives.ReadUInt16BigEndian(head) != (ushort)DnsType.Opt)
            {
                continue;
            }

            // One OPT at most, owned by the root (RFC 6891 section 6.1.1 and 6.1.2).
            if (query.HasOpt || ownerLength != 1)
            {
                return DnsQueryStatus.FormErr;
            }

            version = head[5];
            query = query with
            {
                HasOpt = true,
                UdpSize = Math.Max(MinUdpSize, BinaryPrimitives.ReadUInt16BigEndian(head[2..])),
                DnssecOk = (head[6] & 0x80) != 0,
            };
        }

        if (position != message.Length)
        {
            return DnsQueryStatus.FormErr;
        }

        return version == 0 ? DnsQueryStatus.Complete : DnsQueryStatus.BadVers;
    }
}
