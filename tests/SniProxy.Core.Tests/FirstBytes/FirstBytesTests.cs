using System.Text;
using SniProxy.Core.FirstBytes;
using Beginning = SniProxy.Core.FirstBytes.FirstBytes;

namespace SniProxy.Core.Tests.FirstBytes;

public sealed class FirstBytesTests
{
    private static readonly (string Name, byte[] Wire, FirstBytesKind Kind)[] Samples =
    [
        ("P-01 PostgreSQL asks for TLS", Hex("00000008 04d2162f"), FirstBytesKind.PostgresSslRequest),
        ("P-02 bytes behind it", Hex("00000008 04d2162f 160301"), FirstBytesKind.PostgresSslRequest),
        ("P-03 PostgreSQL asks for GSSAPI", Hex("00000008 04d21630"), FirstBytesKind.PostgresGssRequest),
        ("P-04 PostgreSQL cancels", Hex("00000010 04d2162e 00000001 00000002"), FirstBytesKind.PostgresCancel),
        ("P-04 with a long key", Hex("0000002c 04d2162e 00000001 00000002"), FirstBytesKind.PostgresCancel),
        ("P-05 PostgreSQL 3.0", Hex("00000029 00030000 75736572"), FirstBytesKind.PostgresStartup),
        ("P-05 PostgreSQL 3.2", Hex("00000029 00030002 75736572"), FirstBytesKind.PostgresStartup),
        ("P-05 PostgreSQL 2.0", Hex("00000128 00020000"), FirstBytesKind.Other),
        ("P-05 too long for PostgreSQL", Hex("00004001 00030000"), FirstBytesKind.Other),
        ("P-05 too short for PostgreSQL", Hex("00000007 00030000"), FirstBytesKind.Other),
        ("P-06 direct TLS", Hex("16030102 00010001 fc"), FirstBytesKind.Tls),
        ("P-07 MySQL greeting", Hex("4a000000 0a352e37"), FirstBytesKind.Other),
        ("P-08 SMTP greeting of a client", Ascii("EHLO a.example\r\n"), FirstBytesKind.HttpCandidate),
        ("P-09 LDAP", Hex("301d0201 01771880"), FirstBytesKind.Other),
        ("P-09 XMPP", Ascii("<?xml version='1.0'?>"), FirstBytesKind.Other),
        ("P-09 IRC", Ascii("NICK a\r\n"), FirstBytesKind.HttpCandidate),
        ("P-10 SSH", Ascii("SSH-2.0-OpenSSH_9.6\r\n"), FirstBytesKind.Ssh),
        ("P-10 SSH 1.99", Ascii("SSH-1.99-x\r\n"), FirstBytesKind.Ssh),
        ("P-10 a method that begins like SSH", Ascii("SSH-X / HTTP/1.1\r\n"), FirstBytesKind.HttpCandidate),
        ("P-10 another method that begins like SSH", Ascii("SSH-2X / HTTP/1.1\r\n"), FirstBytesKind.HttpCandidate),
        ("P-11 SOCKS4", Hex("0401 01bb c0000201 00"), FirstBytesKind.Socks4),
        ("P-11 SOCKS4 bind", Hex("0402 01bb"), FirstBytesKind.Socks4),
        ("P-11 SOCKS5", Hex("050100"), FirstBytesKind.Socks5),
        ("P-11 5 without methods", Hex("0500"), FirstBytesKind.Other),
        ("P-11 4 without command", Hex("0409"), FirstBytesKind.Other),
        ("P-12 PROXY 1 over IPv4", Ascii("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"), FirstBytesKind.ProxyProtocol),
        ("P-12 PROXY 1 over IPv6", Ascii("PROXY TCP6 ::1 ::2 1 2\r\n"), FirstBytesKind.ProxyProtocol),
        ("P-12 PROXY 1 unknown", Ascii("PROXY UNKNOWN\r\n"), FirstBytesKind.ProxyProtocol),
        ("P-12 PROXY 2", Hex("0d0a0d0a000d0a515549540a 21110000"), FirstBytesKind.ProxyProtocol),
        ("P-12 a method PROXY", Ascii("PROXY / HTTP/1.1\r\n"), FirstBytesKind.HttpCandidate),
        ("P-12 not quite PROXY 2", Hex("0d0a0d0a000d0b"), FirstBytesKind.Other),
        ("P-13 RDP", Hex("03000013 0ee00000"), FirstBytesKind.Other),
        ("P-13 BitTorrent", Hex("13426974546f7272656e74"), FirstBytesKind.Other),
        ("P-13 MQTT", Hex("101000044d515454"), FirstBytesKind.Other),
        ("P-14 TLS of any version", Hex("1603ff"), FirstBytesKind.Tls),
        ("P-14 TLS, however wrong", Hex("1603000000"), FirstBytesKind.Tls),
        ("P-14 handshake of another major version", Hex("160400"), FirstBytesKind.Other),
        ("P-14 alert first", Hex("15030100"), FirstBytesKind.Other),
        ("P-14 SSL 2.0", Hex("802e010002"), FirstBytesKind.SslV2),
        ("P-14 SSL 2.0 form of 3.x", Hex("802e010301"), FirstBytesKind.SslV2),
        ("P-14 high bytes of something else", Hex("802e020301"), FirstBytesKind.Other),
        ("HTTP", Ascii("GET / HTTP/1.1\r\n"), FirstBytesKind.HttpCandidate),
        ("HTTP in lower case", Ascii("get / http/1.1"), FirstBytesKind.HttpCandidate),
        ("HTTP behind an empty line", Ascii("\r\nGET / HTTP/1.1\r\n"), FirstBytesKind.HttpCandidate),
        ("HTTP behind several empty lines", Ascii("\r\n\r\n\nGET / HTTP/1.1\r\n"), FirstBytesKind.HttpCandidate),
        ("HTTP behind spaces", Ascii("  GET / HTTP/1.1\r\n"), FirstBytesKind.HttpCandidate),
        ("HTTP with tabs", Ascii("GET\t/\tHTTP/1.1\r\n"), FirstBytesKind.HttpCandidate),
        ("HTTP with a bare CR", Ascii("GET\r/ HTTP/1.1\r\n"), FirstBytesKind.HttpCandidate),
        ("HTTP with an odd method", Ascii("*1 / HTTP/1.1\r\n"), FirstBytesKind.HttpCandidate),
        ("HTTP with a method of 64 bytes", Ascii(new string('A', 64) + " "), FirstBytesKind.HttpCandidate),
        ("HTTP with a method of 65 bytes", Ascii(new string('A', 65)), FirstBytesKind.HttpCandidate),
        ("nothing but whitespace", Ascii(new string('\n', 17)), FirstBytesKind.HttpCandidate),
        ("HTTP/2", Ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), FirstBytesKind.Http2Preface),
        ("a method PRI", Ascii("PRI * HTTP/1.1\r\n"), FirstBytesKind.HttpCandidate),
        ("another method on PR", Ascii("PROPFIND / HTTP/1.1\r\n"), FirstBytesKind.HttpCandidate),
        ("Redis", Ascii("*1\r\n$4\r\nPING\r\n"), FirstBytesKind.Redis),
        ("Redis with many arguments", Ascii("*100000\r\n$4"), FirstBytesKind.Redis),
        ("a word on a line", Ascii("PING\r\n"), FirstBytesKind.Other),
        ("a word on a line that ends in LF", Ascii("PING\n"), FirstBytesKind.Other),
        ("a word and a foreign byte", Ascii("abc\0"), FirstBytesKind.Other),
        ("JSON", Ascii("{\"a\":1}"), FirstBytesKind.Other),
    ];

    public static TheoryData<string> Names => [.. Samples.Select(sample => sample.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void TellsWhatTheBytesAre(string name)
    {
        var (_, wire, kind) = Samples.Single(sample => sample.Name == name);
        Assert.Equal(kind, Beginning.Classify(wire));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void NeverTakesAnAnswerBack(string name)
    {
        var (_, wire, kind) = Samples.Single(sample => sample.Name == name);
        for (var length = 0; length <= wire.Length; length++)
        {
            Assert.Contains(Beginning.Classify(wire.AsSpan(0, length)), (FirstBytesKind[])[FirstBytesKind.Incomplete, kind]);
        }
    }

    [Fact]
    public void DecidesEverythingInTimeAndForGood()
    {
        var random = new Random(5);
        var bytes = new byte[Beginning.DecidedAt + 8];
        var common = " \t\r\nPRIOXY*0123SH-.AZ\0\u0003\u0016\u0080"u8;
        for (var i = 0; i < 500_000; i++)
        {
            var start = Samples[random.Next(Samples.Length)].Wire;
            random.NextBytes(bytes);
            for (var at = 0; at < bytes.Length && random.Next(8) > 0; at++)
            {
                bytes[at] = common[random.Next(common.Length)];
            }

            if (random.Next(2) == 0)
            {
                start.AsSpan(0, random.Next(Math.Min(start.Length, bytes.Length))).CopyTo(bytes);
            }

            var decided = Beginning.Classify(bytes.AsSpan(0, Beginning.DecidedAt));
            Assert.NotEqual(FirstBytesKind.Incomplete, decided);
            Assert.Equal(decided, Beginning.Classify(bytes));
            var early = Beginning.Classify(bytes.AsSpan(0, random.Next(Beginning.DecidedAt)));
            Assert.True(early == FirstBytesKind.Incomplete || early == decided);
        }
    }

    [Fact]
    public void StaysIncompleteAtTheLongestUndecidedBeginning()
    {
        var longest = Ascii(new string(' ', 16) + new string('A', 64) + "\r");
        Assert.Equal(Beginning.DecidedAt - 1, longest.Length);
        Assert.Equal(FirstBytesKind.Incomplete, Beginning.Classify(longest));
    }

    [Fact]
    public void AllocatesNothing()
    {
        var wire = Ascii("PROXY TCP4 192.0.2.1");
        Beginning.Classify(wire);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Beginning.Classify(wire);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    private static byte[] Ascii(string text) => Encoding.Latin1.GetBytes(text);
}
