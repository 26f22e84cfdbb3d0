namespace SniProxy.Core.Dns;

/// <summary>Writes the reply to a query: its id, its question letter by letter, and nothing else of it.</summary>
public static class DnsReplyWriter
{
    /// <summary>Room for any reply over UDP.</summary>
    public const int MaxUdpLength = UpstreamQuery.UdpSize;

    /// <summary>The most that may be sent: what the client takes over UDP, at most 1232, or all that TCP's length field can say.</summary>
    public static int Limit(in DnsQuery query, bool isUdp) => isUdp ? Math.Min(query.UdpSize, UpstreamQuery.UdpSize) : ushort.MaxValue;

    /// <summary>
    /// Writes the reply and returns its length. What does not fit becomes an empty answer with TC set, never half of one
    /// (RFC 2181 section 9): the client asks again over TCP.
    /// </summary>
    /// <param name="buffer">At least <see cref="Limit"/> bytes for an untruncated reply, never under 512.</param>
    /// <param name="message">The client's message.</param>
    /// <param name="query">What was read from it.</param>
    /// <param name="reply">What it is told.</param>
    /// <param name="errorText">The extended error in words: ASCII, cut at <see cref="DnsReply.MaxErrorText"/>.</param>
    public static int Write(
        Span<byte> buffer, ReadOnlySpan<byte> message, in DnsQuery query, in DnsReply reply, scoped ReadOnlySpan<byte> errorText = default)
    {
        var writer = Begin(buffer, message, query, reply, truncated: false);
        for (var i = 0; i < reply.Answers?.Count; i++)
        {
            var record = reply.Answers[i];
            writer.WriteAnswer(record, Math.Clamp(record.Ttl > reply.Age ? record.Ttl - reply.Age : 0, 1, DnsReply.MaxTtl));
        }

        if (reply.NegativeTtl is { } ttl && query.QuestionLength > 0)
        {
            writer.WriteNegativeAuthority(ttl);
        }

        WriteOpt(ref writer, query, reply, errorText);
        if (writer.IsFull)
        {
            writer = Begin(buffer, message, query, reply, truncated: true);
            WriteOpt(ref writer, query, reply with { Error = null }, default);
        }

        writer.Finish();
        return writer.Length;
    }

    private static DnsMessageWriter Begin(
        Span<byte> buffer, ReadOnlySpan<byte> message, in DnsQuery query, in DnsReply reply, bool truncated)
    {
        // RD and CD are repeated (RFC 1035 section 4.1.1, RFC 4035 section 3.1.6); RA is set, or glibc takes an empty answer for a lame server.
        const ushort repeated = 0x7800 | DnsHeader.RecursionDesiredFlag | DnsHeader.CheckingDisabledFlag;
        var flags = DnsHeader.ResponseFlag | DnsHeader.RecursionAvailableFlag | (query.Header.Flags & repeated)
            | ((int)reply.Rcode & 0xf) | (truncated ? DnsHeader.TruncatedFlag : 0);
        var writer = new DnsMessageWriter(buffer, query.Header.Id, (ushort)flags);
        if (query.QuestionLength > 0)
        {
            writer.WriteQuestion(message.Slice(DnsHeader.Size, query.QuestionLength));
        }

        return writer;
    }

    private static void WriteOpt(ref DnsMessageWriter writer, in DnsQuery query, in DnsReply reply, scoped ReadOnlySpan<byte> errorText)
    {
        if (query.HasOpt)
        {
            var cut = errorText[..Math.Min(errorText.Length, DnsReply.MaxErrorText)];
            writer.WriteOpt(UpstreamQuery.UdpSize, (int)reply.Rcode, query.DnssecOk, reply.Error, cut);
        }
    }
}
