using System.Buffers.Binary;
using SniProxy.Core.Names;

namespace SniProxy.Core.Dns;

/// <summary>
/// The query that leaves for an upstream. It is made from name and type alone, so that ids, letter case, header bits and EDNS options
/// of a client carry nothing out.
/// </summary>
public static class UpstreamQuery
{
    /// <summary>The UDP size that crosses the internet without fragments (DNS flag day 2020), ours in both directions.</summary>
    public const ushort UdpSize = 1232;

    /// <summary>Header, the longest question, and OPT.</summary>
    public const int MaxLength = DnsHeader.Size + WireName.MaxLength + 4 + 11;

    public static int Write(Span<byte> buffer, ushort id, HostName name, DnsType type)
    {
        Span<byte> question = stackalloc byte[WireName.MaxLength + 4];
        var length = WireName.Write(name, question);
        BinaryPrimitives.WriteUInt16BigEndian(question[length..], (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(question[(length + 2)..], 1);
        var writer = new DnsMessageWriter(buffer, id, DnsHeader.RecursionDesiredFlag);
        writer.WriteQuestion(question[..(length + 4)]);
        writer.WriteOpt(UdpSize, 0, dnssecOk: false);
        writer.Finish();
        return writer.Length;
    }
}
