using System.Buffers.Binary;
using System.Text;
using SniProxy.Core.Dns;
using SniProxy.Core.Names;

namespace SniProxy.Core.Tests.Dns;

/// <summary>Messages as peers would send them, put together by hand so that they can be wrong in every way.</summary>
internal static class Messages
{
    public static HostName Host(string text)
    {
        Assert.Equal(HostNameSyntax.Valid, HostName.TryParse(text, out var name));
        Assert.NotNull(name);
        return name;
    }

    /// <summary>Labels of dotted text; an empty text is the root.</summary>
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

    public static byte[] UInt32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] Header(int id, int flags, int questions, int answers = 0, int authorities = 0, int additionals = 0) =>
        [.. UInt16(id), .. UInt16(flags), .. UInt16(questions), .. UInt16(answers), .. UInt16(authorities), .. UInt16(additionals)];

    public static byte[] Question(string name, DnsType type, int recordClass = 1) => [.. Name(name), .. UInt16((int)type), .. UInt16(recordClass)];

    public static byte[] Query(string name, DnsType type, int id = 0x1234) => [.. Header(id, 0x0100, 1), .. Question(name, type)];

    public static byte[] Opt(int size = 1232, int version = 0, bool dnssecOk = false, int upperRcode = 0, params byte[] options) =>
        [0, .. UInt16(41), .. UInt16(size), (byte)upperRcode, (byte)version, (byte)(dnssecOk ? 0x80 : 0), 0, .. UInt16(options.Length), .. options];

    public static byte[] Record(byte[] owner, DnsType type, byte[] content, uint ttl = 300, int recordClass = 1) =>
        [.. owner, .. UInt16((int)type), .. UInt16(recordClass), .. UInt32(ttl), .. UInt16(content.Length), .. content];

    public static byte[] Record(string owner, DnsType type, byte[] content, uint ttl = 300) => Record(Name(owner), type, content, ttl);

    public static byte[] Soa(string owner, uint ttl, uint minimum) =>
        Record(owner, DnsType.Soa, [.. Name("ns.example"), .. Name("mail.example"), .. new byte[16], .. UInt32(minimum)], ttl);

    /// <summary>A response to <see cref="Query"/> of the same name and type.</summary>
    public static byte[] Response(string name, DnsType type, int rcode = 0, byte[][]? answers = null, byte[][]? authorities = null, int id = 0x1234) =>
    [
        .. Header(id, 0x8180 | rcode, 1, answers?.Length ?? 0, authorities?.Length ?? 0),
        .. Question(name, type),
        .. (answers ?? []).SelectMany(record => record),
        .. (authorities ?? []).SelectMany(record => record),
    ];

    public static DnsRecord Parsed(string owner, DnsType type, byte[] content, uint ttl = 300) => new(DnsName.From(Name(owner)), type, ttl, content);
}
