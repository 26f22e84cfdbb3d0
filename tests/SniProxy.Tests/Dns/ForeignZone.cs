using SniProxy.Core.Dns;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Dns;

/// <summary>What the name server behind the door says to a foreign client's questions, written by hand byte by byte.</summary>
internal static class ForeignZone
{
    public static IReadOnlyList<byte[]> Answer(byte[] query)
    {
        var (name, type) = Wire.Asked(query);
        return name == "many.example" ? Many(query, name) : [Wire.Respond(query, 0, Records(name, type))];
    }

    // Too many for a datagram: the resolver asks again over TCP, and sees there that this time nothing is cut.
    private static IReadOnlyList<byte[]> Many(byte[] query, string name) => [Wire.Respond(query, 0, [.. Enumerable.Range(1, 100).Select(i => Wire.A(name, $"203.0.113.{i}"))])];

    private static byte[][] Records(string name, DnsType type) => (name.ToLowerInvariant(), type) switch
    {
        ("alias.example", DnsType.A) => [Wire.Cname(name, "good.example"), Wire.A("good.example", "203.0.113.10")],
        ("good.example", DnsType.A) => [Wire.A(name, "203.0.113.10")],
        ("good.example", DnsType.Aaaa) => [Wire.A(name, "2001:db8::10")],
        ("good.example", DnsType.Txt) => [Wire.Record(name, type, [.. Text("first"), .. Text("second; \"quoted\"")])],
        ("good.example", DnsType.Mx) => [Wire.Record(name, type, [.. Wire.UInt16(10), .. Wire.Name("mail.good.example")])],
        ("good.example", DnsType.Srv) => [Wire.Record(name, type, [.. Wire.UInt16(1), .. Wire.UInt16(2), .. Wire.UInt16(5060), .. Wire.Name("sip.good.example")])],
        ("good.example", DnsType.Caa) => [Wire.Record(name, type, [0, .. Text("issue"), .. "ca.example"u8])],
        ("good.example", DnsType.Naptr) =>
            [Wire.Record(name, type, [.. Wire.UInt16(100), .. Wire.UInt16(50), .. Text("s"), .. Text("SIP+D2U"), .. Text(""), .. Wire.Name("_sip._udp.good.example")])],
        ("good.example", DnsType.Ns) => [Wire.Record(name, type, Wire.Name("ns.good.example"))],
        ("good.example", DnsType.Soa) =>
            [Wire.Record(name, type, [.. Wire.Name("ns.good.example"), .. Wire.Name("root.good.example"), .. UInt32(2026112801), .. UInt32(7200), .. UInt32(3600), .. UInt32(1209600), .. UInt32(300)])],
        _ when name.StartsWith("host-", StringComparison.Ordinal) => [Wire.A(name, $"198.51.100.{name["host-".Length..name.IndexOf('.', StringComparison.Ordinal)]}")],
        _ => [],
    };

    private static byte[] Text(string text) => [(byte)text.Length, .. System.Text.Encoding.ASCII.GetBytes(text)];

    private static byte[] UInt32(uint value) => [.. Wire.UInt16((int)(value >> 16)), .. Wire.UInt16((int)(value & 0xffff))];
}
