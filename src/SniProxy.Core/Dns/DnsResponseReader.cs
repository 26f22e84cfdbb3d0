using System.Buffers.Binary;
using SniProxy.Core.Wire;

namespace SniProxy.Core.Dns;

/// <summary>Reads an upstream's response against the query it is to answer (RFC 1035 section 7.3, RFC 5452 section 9.1).</summary>
public static class DnsResponseReader
{
    /// <summary>More answers than this are not believed; it also bounds what one response may allocate.</summary>
    public const int MaxAnswers = 1000;

    private const ushort ClassIn = 1;
    private const int RecordHeadSize = 10;
    private const uint MaxTtl = int.MaxValue;

    /// <param name="message">What came.</param>
    /// <param name="query">What was sent: its id and its one question must come back.</param>
    /// <param name="response">Set when complete.</param>
    public static DnsResponseStatus Read(ReadOnlySpan<byte> message, ReadOnlySpan<byte> query, out DnsResponse? response)
    {
        response = null;
        if (!DnsHeader.TryRead(message, out var header) || !header.IsResponse || header.Opcode != 0 || header.Questions != 1
            || message[0] != query[0] || message[1] != query[1])
        {
            return DnsResponseStatus.Mismatched;
        }

        var nameLength = WireName.Measure(query[DnsHeader.Size..]);
        var position = DnsHeader.Size + nameLength + 4;
        if (message.Length < position || !IsSameQuestion(message[DnsHeader.Size..position], query[DnsHeader.Size..position]))
        {
            return DnsResponseStatus.Mismatched;
        }

        return header.IsTruncated ? DnsResponseStatus.Truncated : ReadRecords(message, position, header, out response);
    }

    private static bool IsSameQuestion(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        WireName.AreEqual(left[..^4], right[..^4]) && left[^4..].SequenceEqual(right[^4..]);

    private static DnsResponseStatus ReadRecords(ReadOnlySpan<byte> message, int position, in DnsHeader header, out DnsResponse? response)
    {
        response = null;
        if (header.Answers > MaxAnswers)
        {
            return DnsResponseStatus.Malformed;
        }

        Span<byte> owner = stackalloc byte[WireName.MaxLength];
        var answers = new List<DnsRecord>(Math.Min((int)header.Answers, 16));
        var rcode = header.Rcode;
        uint negativeTtl = 0;
        var firstAdditional = header.Answers + header.Authorities;
        for (var i = 0; i < firstAdditional + header.Additionals; i++)
        {
            if (!WireName.TryRead(message, ref position, owner, out var ownerLength) || message.Length - position < RecordHeadSize)
            {
                return DnsResponseStatus.Malformed;
            }

            var head = message[position..];
            var type = (DnsType)BinaryPrimitives.ReadUInt16BigEndian(head);
            var length = BinaryPrimitives.ReadUInt16BigEndian(head[8..]);
            position += RecordHeadSize;
            if (message.Length - position < length)
            {
                return DnsResponseStatus.Malformed;
            }

            var isIn = BinaryPrimitives.ReadUInt16BigEndian(head[2..]) == ClassIn;
            if (i >= firstAdditional && type == DnsType.Opt)
            {
                rcode |= head[4] << 4;
            }
            else if (isIn && (i < header.Answers || (i < firstAdditional && type == DnsType.Soa)))
            {
                if (RecordContent.Read(message, position, length, type, out var content) != ReadStatus.Complete)
                {
                    return DnsResponseStatus.Malformed;
                }

                var ttl = ReadTtl(head[4..]);
                if (i < header.Answers)
                {
                    var name = answers.Count > 0 && WireName.AreEqual(answers[^1].Owner.Wire, owner[..ownerLength])
                        ? answers[^1].Owner
                        : DnsName.From(owner[..ownerLength]);
                    answers.Add(new DnsRecord(name, type, ttl, content));
                }
                else
                {
                    negativeTtl = Math.Min(ttl, ReadTtl(content.Span[^4..]));
                }
            }

            position += length;
        }

        response = new DnsResponse((DnsRcode)rcode, answers, negativeTtl);
        return DnsResponseStatus.Complete;
    }

    // A TTL with the highest bit set is 0 (RFC 2181 section 8).
    private static uint ReadTtl(ReadOnlySpan<byte> field)
    {
        var ttl = BinaryPrimitives.ReadUInt32BigEndian(field);
        return ttl > MaxTtl ? 0 : ttl;
    }
}
