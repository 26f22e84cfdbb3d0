using System.Buffers.Binary;
using System.Text;
using SniProxy.Core.Dns;
using SniProxy.Core.Names;

namespace SniProxy.Tests.Resolutions;

/// <summary>Messages put together by hand, so that they can be wrong in every way.</summary>
internal static class Wire
{
    public static HostName Host(string text)
    {
        Assert.Equal(HostNameSyntax.Valid, HostName.TryParse(text, out var name));
        Assert.NotNull(name);
        return name;
    }

    public static byte[] Name(string text)
    {
        var bytes = new List<byte>();
        foreach (var label in text.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            bytes.Add((byte)label.Length);
            bytes.AddRange(Encoding.Latin1.GetBytes(label));
        }

        return [.. bytes, 0];
    }

    public static byte[] UInt16(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return bytes;
    }

    public static byte[] Opt(int size = 1232, int version = 0) => [0, 0, 41, .. UInt16(size), 0, (byte)version, 0, 0, 0, 0];

    public static byte[] Query(string name, DnsType type, int id = 0x1234, int flags = 0x0100, byte[]? opt = null) =>
    [
        .. UInt16(id), .. UInt16(flags), 0, 1, 0, 0, 0, 0, 0, (byte)(opt is null ? 0 : 1),
        .. Name(name), .. UInt16((int)type), 0, 1, .. opt ?? [],
    ];

    public static byte[] Record(string owner, DnsType type, byte[] content, uint ttl = 300) =>
        [.. Name(owner), .. UInt16((int)type), 0, 1, .. UInt16((int)(ttl >> 16)), .. UInt16((int)(ttl & 0xffff)), .. UInt16(content.Length), .. content];

    public static byte[] A(string owner, string address, uint ttl = 300)
    {
        var parsed = System.Net.IPAddress.Parse(address);
        var bytes = parsed.GetAddressBytes();
        return Record(owner, bytes.Length == 4 ? DnsType.A : DnsType.Aaaa, bytes, ttl);
    }

    public static byte[] Cname(string owner, string target, uint ttl = 300) => Record(owner, DnsType.Cname, Name(target), ttl);

    public static byte[] Soa(string owner, uint ttl) => Record(owner, DnsType.Soa, [0, 0, .. new byte[16], 0, 0, .. UInt16((int)ttl)], ttl);

    /// <summary>The response that fits a query: its id and question, then what is given.</summary>
    public static byte[] Respond(ReadOnlySpan<byte> query, int rcode, byte[][] answers, byte[][]? authorities = null, bool truncated = false)
    {
        var end = 12;
        while (query[end] != 0)
        {
            end += 1 + query[end];
        }

        end += 5;
        return
        [
            .. query[..2], .. UInt16(0x8180 | rcode | (truncated ? 0x0200 : 0)), 0, 1, .. UInt16(answers.Length), .. UInt16(authorities?.Length ?? 0), 0, 0,
            .. query[12..end],
            .. answers.SelectMany(record => record),
            .. (authorities ?? []).SelectMany(record => record),
        ];
    }

    public static (string Name, DnsType Type) Asked(ReadOnlySpan<byte> query)
    {
        var labels = new List<string>();
        var at = 12;
        while (query[at] != 0)
        {
            labels.Add(Encoding.Latin1.GetString(query.Slice(at + 1, query[at])));
            at += 1 + query[at];
        }

        return (string.Join('.', labels), (DnsType)BinaryPrimitives.ReadUInt16BigEndian(query[(at + 1)..]));
    }
}
