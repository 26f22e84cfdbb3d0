using SniProxy.Core.Names;

namespace SniProxy.Core.Dns;

/// <summary>What a client asks: one question and the few header and EDNS facts that shape the reply.</summary>
public readonly record struct DnsQuery
{
    public DnsHeader Header { get; init; }

    /// <summary>The bytes of the question (name, type, class) behind the header; 0 when it could not be read and is not echoed.</summary>
    public int QuestionLength { get; init; }

    public DnsType Type { get; init; }

    public ushort Class { get; init; }

    /// <summary>The canonical name, or null where the labels are no host name; such a question is treated as denied.</summary>
    public HostName? Name { get; init; }

    /// <summary>The query carries an OPT record, so the reply may (RFC 6891 section 6.1.1).</summary>
    public bool HasOpt { get; init; }

    /// <summary>The DO bit, which the reply repeats (RFC 3225 section 3).</summary>
    public bool DnssecOk { get; init; }

    /// <summary>The largest UDP reply the client takes: 512 without OPT or where OPT says less (RFC 6891 section 6.2.3).</summary>
    public ushort UdpSize { get; init; }

    /// <summary>The labels of the question in <paramref name="message"/>, in the client's letter case.</summary>
    public ReadOnlySpan<byte> NameIn(ReadOnlySpan<byte> message) => message.Slice(DnsHeader.Size, QuestionLength - 4);
}
