// Over 200 lines: one line or two for each case, and one place to see what is covered.
using System.Text;
using SniProxy.Core.Tls;
using SniProxy.Core.Wire;
using static SniProxy.Core.Tests.Tls.ClientHelloBuilder;
using static SniProxy.Core.Tests.Tls.HelloCase;

namespace SniProxy.Core.Tests.Tls;

/// <summary>What peers send, on purpose and not, as ClientHello. The numbers group variants of one fault.</summary>
internal static class HelloCases
{
    private const ushort Grease = 0x3a3a;

    // Nobody has been given these numbers (IANA, TLS ExtensionType Values).
    private const ushort FirstUnknown = 0x4000;

    private static readonly byte[] Message = For().Message();

    public static IReadOnlyList<HelloCase> All { get; } =
        [.. Framing(), .. Sizes(), .. Versions(), .. Extensions(), .. Lengths(), .. ServerNames(), .. Ech(), .. OtherBytes()];

    public static IReadOnlyDictionary<string, HelloCase> ByTitle { get; } = All.ToDictionary(testCase => testCase.Title);

    private static IEnumerable<HelloCase> Framing()
    {
        yield return Named("TLS-01 one record", For());
        yield return Named("TLS-02 two records cut inside the name", Cut(Message, IndexOf(Message, "allowed") + 3), DefaultName);
        foreach (var size in (int[])[1, 20, 127, 128, 255, 256, 257])
        {
            yield return Named($"TLS-03 records of {size} bytes", Records(For().PaddedTo(700).Message(), size), DefaultName);
        }

        foreach (var size in (int[])[1, 2, 3])
        {
            yield return Named($"TLS-04 first record holds {size} bytes of the message header", Cut(Message, size), DefaultName);
        }

        yield return Named("TLS-04 first record holds exactly the message header", Cut(Message, 4), DefaultName);
        yield return Malformed("TLS-05 empty record first", [.. Record(22, []), .. For().Wire()], TlsAlert.RecordOverflow);
        yield return Malformed("TLS-05 empty record inside", [.. Record(22, Message.AsSpan(0, 50)), .. Record(22, []), .. Record(22, Message.AsSpan(50))], TlsAlert.RecordOverflow);
        yield return Malformed("TLS-06 record length 0", [0x16, 0x03, 0x01, 0x00, 0x00], TlsAlert.RecordOverflow);
        yield return Malformed("TLS-06 record length 16385", [0x16, 0x03, 0x01, 0x40, 0x01, .. Message], TlsAlert.RecordOverflow);
        yield return Malformed("TLS-06 record length 17000", Record(22, For().PaddedTo(17000).Message()), TlsAlert.RecordOverflow);
        yield return Malformed("TLS-06 record length 0x8000", [0x16, 0x03, 0x01, 0x80, 0x00, .. Message], TlsAlert.RecordOverflow);
        yield return Malformed("TLS-06 record length 0xff00", [0x16, 0x03, 0x01, 0xff, 0x00, .. Message], TlsAlert.RecordOverflow);
        yield return Malformed("TLS-06 record length 0xffff", [0x16, 0x03, 0x01, 0xff, 0xff, .. Message], TlsAlert.RecordOverflow);
        yield return Malformed("TLS-28 byte behind the hello in its record", Record(22, [.. Message, 0x00]), TlsAlert.UnexpectedMessage);
        yield return Malformed("TLS-28 second hello in the same record", Record(22, [.. Message, .. For("denied.example").Message()]), TlsAlert.UnexpectedMessage);
        yield return Malformed(
            "TLS-28 byte behind the hello in its last record", [.. Record(22, Message.AsSpan(0, 60)), .. Record(22, [.. Message[60..], 0x01])], TlsAlert.UnexpectedMessage);
        yield return Named("TLS-46 early data right behind", [.. EarlyDataHello().Wire(), .. Record(23, new byte[300], 0x0303)], DefaultName);
        yield return Named("TLS-46 change_cipher_spec and early data right behind", [.. EarlyDataHello().Wire(), .. Record(20, [1], 0x0303), .. Record(23, new byte[40], 0x0303)], DefaultName);
        yield return Malformed("TLS-48 HelloRequest first", [.. Record(22, [0, 0, 0, 0]), .. For().Wire()], TlsAlert.UnexpectedMessage);
        yield return Malformed("TLS-48 ServerHello first", Record(22, [2, .. Message[1..]]), TlsAlert.UnexpectedMessage);
        yield return Malformed("TLS-48 Certificate first", Record(22, [11, .. Message[1..]]), TlsAlert.UnexpectedMessage);
        yield return Malformed("TLS-49 change_cipher_spec first", [.. Record(20, [1]), .. For().Wire()], TlsAlert.UnexpectedMessage);
        yield return Malformed("TLS-50 change_cipher_spec between pieces", Between(Record(20, [1])), TlsAlert.UnexpectedMessage);
        yield return Malformed("TLS-50 warning alert between pieces", Between(Record(21, [1, 112])), TlsAlert.UnexpectedMessage);
        yield return Malformed("TLS-50 early data between pieces", Between(Record(23, new byte[20])), TlsAlert.UnexpectedMessage);
        yield return Malformed("TLS-50 record of another major version between pieces", Between(Record(22, Message.AsSpan(50), 0x0401)), TlsAlert.ProtocolVersion);
        yield return Malformed("TLS-51 warning alert first", [.. Record(21, [1, 0]), .. For().Wire()], TlsAlert.UnexpectedMessage);
        yield return Malformed("TLS-51 fatal alert first", Record(21, [2, 40]), TlsAlert.UnexpectedMessage);
    }

    private static IEnumerable<HelloCase> Sizes()
    {
        foreach (var size in (int[])[16383, 16384, 16385, 20000, 32767, 32768])
        {
            yield return Named($"TLS-07 hello of {size} bytes", For().PaddedTo(size));
        }

        yield return TooLarge("TLS-08 hello of 32769 bytes", For().PaddedTo(32769).Wire());
        yield return TooLarge("TLS-08 hello of 60000 bytes", For().PaddedTo(60000).Wire());
        yield return TooLarge("TLS-08 hello that claims 16 MiB", Record(22, [1, 0xff, 0xff, 0xff, .. Message[4..]]));
        yield return TooLarge("TLS-08 records of one byte beyond 64 KiB", Records(For().PaddedTo(16384).Message(), 1));
        yield return Named("TLS-09 post-quantum key share", For().With(0xff20, new byte[1216]));
        yield return Named("TLS-10 grease", Greased());
        yield return Named("TLS-11 extensions in another order", For().Set(hello => hello.Extensions.Reverse()));
        yield return Named("TLS-11 server_name before pre_shared_key at the end", Resumption(DefaultName));
    }

    private static IEnumerable<HelloCase> Versions()
    {
        yield return Malformed("TLS-12 SSL 2.0 hello", [0x80, 0x2e, 0x01, 0x00, 0x02, .. new byte[43]], TlsAlert.ProtocolVersion);
        yield return Malformed("TLS-12 SSL 2.0 hello that offers TLS", [0x80, 0x2e, 0x01, 0x03, 0x01, .. new byte[43]], TlsAlert.ProtocolVersion);
        yield return Malformed("TLS-12 long SSL 2.0 hello", [0x92, 0x2e, 0x01, 0x03, 0x03, .. new byte[43]], TlsAlert.ProtocolVersion);
        foreach (var version in (ushort[])[0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x03ff])
        {
            yield return Named($"TLS-13 record version {version:x4}", Records(Message, version: version), DefaultName);
        }

        foreach (var version in (ushort[])[0x0200, 0x0400, 0x7f1c])
        {
            yield return Other($"TLS-14 record version {version:x4}", Records(Message, version: version), TlsAlert.ProtocolVersion);
        }

        foreach (var version in (ushort[])[0x0300, 0x0301, 0x0302, 0x0303])
        {
            yield return Named($"TLS-15 client_version {version:x4}", For().Without(43).Set(hello => hello.LegacyVersion = version));
        }

        yield return Named("TLS-15 supported_versions with half a version", For().Without(43).With(43, 0x03, 0x03, 0x04, 0x03));
        yield return Named("TLS-15 empty supported_versions", For().Without(43).With(43));
        yield return Named("TLS-15 supported_versions with an empty list", For().Without(43).With(43, 0x00));
    }

    private static ClientHelloBuilder Unknown(int count) =>
        Enumerable.Range(FirstUnknown, count).Aggregate(For(), (hello, type) => hello.With((ushort)type));

    private static IEnumerable<HelloCase> Extensions()
    {
        yield return Nameless("TLS-16 no extensions block", For().Set(hello => hello.HasExtensions = false));
        yield return Nameless("TLS-16 empty extensions block", For().Set(hello => hello.Extensions.Clear()));
        yield return Nameless("TLS-17 no server_name", For(null));
        yield return Nameless("TLS-45 session ticket and no server_name", For(null).With(35, new byte[200]));
        yield return Nameless("TLS-45 pre_shared_key and no server_name", Resumption(null));
        yield return Malformed("TLS-24 server_name twice", For().With(0, ServerName("denied.example")), TlsAlert.IllegalParameter);
        yield return Malformed("TLS-24 server_name twice, the same", For().With(0, ServerName(DefaultName)), TlsAlert.IllegalParameter);
        yield return Malformed("TLS-25 supported_groups twice", For().With(10, 0x00, 0x02, 0x00, 0x1d), TlsAlert.IllegalParameter);
        yield return Malformed("TLS-25 unknown extension twice", For().With(Grease).With(Grease), TlsAlert.IllegalParameter);
        foreach (var count in (int[])[15, 16, 17, 18, 100])
        {
            yield return Named($"TLS-25 {count} unknown extensions", Unknown(count));
            yield return Malformed($"TLS-25 the first of {count} unknown extensions twice", Unknown(count).With(FirstUnknown), TlsAlert.IllegalParameter);
            yield return Malformed($"TLS-25 the last of {count} unknown extensions twice", Unknown(count).With((ushort)(FirstUnknown + count - 1)), TlsAlert.IllegalParameter);
        }

        yield return Malformed("TLS-25 unknown extension with a small number twice", For().With(63).With(63), TlsAlert.IllegalParameter);
        yield return Malformed("TLS-26 byte behind the list in server_name", For().WithServerName([.. ServerName(DefaultName), 0x00]));
        yield return Malformed("TLS-26 byte behind the extensions", For().Set(hello => hello.Trailer = [0x00]));
        yield return Malformed("TLS-26 extension behind the extensions", For().Set(hello => hello.Trailer = [0x00, 0x00, 0x00, 0x00]));
        yield return Malformed("TLS-26 one byte instead of an extensions block", For().Set(hello => (hello.HasExtensions, hello.Trailer) = (false, [0x00])));
        yield return Malformed("ALPN empty", For().Without(16).With(16));
        yield return Malformed("ALPN with an empty list", For().Without(16).With(16, 0x00, 0x00));
        yield return Malformed("ALPN with an empty protocol", For().Without(16).With(16, 0x00, 0x01, 0x00));
        yield return Malformed("ALPN with a protocol beyond its list", For().Without(16).With(16, 0x00, 0x03, 0x03, 0x68, 0x32));
        yield return Malformed("ALPN with a byte behind its list", For().Without(16).With(16, 0x00, 0x03, 0x02, 0x68, 0x32, 0x00));
    }

    private static IEnumerable<HelloCase> Lengths()
    {
        yield return Incomplete("TLS-27 record longer than what came", [.. For().Wire()[..^1]]);
        yield return Incomplete("TLS-27 message length one too long", For().Set(hello => hello.MessageLengthDelta = 1).Wire());
        yield return Incomplete("TLS-27 message length four too long", For().Set(hello => hello.MessageLengthDelta = 4).Wire());
        yield return Malformed("TLS-27 message length one too short", For().Set(hello => hello.MessageLengthDelta = -1).Wire(), TlsAlert.UnexpectedMessage);
        yield return Malformed("TLS-27 message length four too short", For().Set(hello => hello.MessageLengthDelta = -4).Wire(), TlsAlert.UnexpectedMessage);
        yield return Malformed("TLS-27 empty message", Record(22, [1, 0, 0, 0]), TlsAlert.DecodeError);
        yield return Malformed("TLS-27 message of one byte", Record(22, [1, 0, 0, 1, 3]), TlsAlert.DecodeError);
        yield return Malformed("TLS-27 message ends inside the random", Record(22, [1, 0, 0, 20, 3, 3, .. new byte[18]]), TlsAlert.DecodeError);
        yield return Malformed("TLS-27 session id of 33 bytes", For().Set(hello => hello.SessionId = new byte[33]));
        yield return Malformed("TLS-27 session id of 255 bytes", For().Set(hello => hello.SessionId = new byte[255]));
        yield return Named("TLS-27 session id of 0 bytes", For().Set(hello => hello.SessionId = []));
        yield return Malformed("TLS-27 no cipher suites", For().Set(hello => hello.CipherSuites = []));
        yield return Malformed("TLS-27 half a cipher suite", For().Set(hello => hello.CipherSuites = [0x13, 0x01, 0x13]));
        yield return Malformed("TLS-27 no compression methods", For().Set(hello => hello.CompressionMethods = []));
        foreach (var delta in (int[])[-4, -1, 1, 4, 10000])
        {
            yield return Malformed($"TLS-27 extensions length {delta:+0;-0}", For().Set(hello => hello.ExtensionsLengthDelta = delta));
        }

        yield return Malformed("TLS-27 extension longer than the block", For().Set(hello => (hello.HasExtensions, hello.Trailer) = (false, [0x00, 0x04, 0x00, 0x00, 0x01, 0x00])));
        yield return Malformed("TLS-27 half an extension header", For().Set(hello => (hello.HasExtensions, hello.Trailer) = (false, [0x00, 0x03, 0x00, 0x00, 0x00])));
        foreach (var (fault, at, delta) in ((string, int, int)[])[("list", 1, 1), ("list", 1, -1), ("name", 4, 1), ("name", 4, -1)])
        {
            yield return Malformed($"TLS-27 {fault} length {delta:+0;-0}", For().WithServerName(Changed(ServerName(DefaultName), at, delta)));
        }

        yield return Malformed("TLS-27 name length ffff", For().WithServerName([0x00, 0x12, 0x00, 0xff, 0xff, .. Encoding.ASCII.GetBytes(DefaultName)]));
        yield return Malformed("TLS-27 list length ffff", For().WithServerName([0xff, 0xff, 0x00, 0x00, 0x0f, .. Encoding.ASCII.GetBytes(DefaultName)]));
    }

    private static IEnumerable<HelloCase> ServerNames()
    {
        yield return Malformed("TLS-18 server_name of no bytes", For().WithServerName());
        yield return Malformed("TLS-18 server_name of one byte", For().WithServerName(0x00));
        yield return Malformed("TLS-19 empty list", For().WithServerName(0x00, 0x00));
        yield return Malformed("TLS-20 empty name", For().WithServerName(0x00, 0x03, 0x00, 0x00, 0x00));
        yield return Malformed("TLS-21 two names", TwoEntries((0, DefaultName), (0, "denied.example")), TlsAlert.IllegalParameter);
        yield return Malformed("TLS-21 the same name twice", TwoEntries((0, DefaultName), (0, DefaultName)), TlsAlert.IllegalParameter);
        yield return Malformed("TLS-22 unknown type before the name", TwoEntries((1, "x"), (0, DefaultName)));
        yield return Malformed("TLS-22 unknown type behind the name", TwoEntries((0, DefaultName), (1, "x")));
        yield return Malformed("TLS-23 only an unknown type", For().WithServerName(ClientHelloBuilder.ServerNames((1, Encoding.ASCII.GetBytes(DefaultName)))));
        foreach (var value in "\0\u0001\a\t\n\r\u001b\u007f /:@%*,;?#[]\\\"'<>()+=~!$&^`{|}\u0080\u00ad\u00fc\u00ff")
        {
            yield return Malformed($"TLS-29 byte {(int)value:x2} in the name", For($"allowed{value}.example"), TlsAlert.UnrecognizedName);
        }

        foreach (var literal in (string[])["192.0.2.1", "192.0.2.1.", "1.2.3", "0x7f.1", "2130706433", "127.0.0.0x1", "a.example.1", "::1", "2001:db8::1", "::ffff:192.0.2.1"])
        {
            yield return Nameless($"TLS-30 address {literal}", For(literal), ServerNameStatus.Address);
        }

        yield return Malformed("TLS-30 address in brackets", For("[2001:db8::1]"), TlsAlert.UnrecognizedName);
        yield return Malformed("TLS-30 address with a zone", For("fe80::1%eth0"), TlsAlert.UnrecognizedName);
        yield return Malformed("TLS-30 nearly an address", For("2001:db8::g"), TlsAlert.UnrecognizedName);
        yield return Named("TLS-31 trailing dot", For("allowed.example."));
        foreach (var name in (string[])[".", "..", "allowed.example..", ".allowed.example", "allowed..example"])
        {
            yield return Malformed($"TLS-31 empty label in '{name}'", For(name), TlsAlert.UnrecognizedName);
        }

        yield return Named("TLS-32 upper case", For("ALLOWED.EXAMPLE"));
        yield return Named("TLS-32 mixed case", For("AlloWed.exAmple"));
        yield return Named("TLS-33 underscore", For("_a._b_.example"), "_a._b_.example");
        yield return Named("TLS-34 A-label", For("xn--bcher-kva.example"), "xn--bcher-kva.example");
        yield return Malformed("TLS-35 U-label", For().WithServerName(ClientHelloBuilder.ServerNames((0, Encoding.UTF8.GetBytes("bücher.example")))), TlsAlert.UnrecognizedName);
        yield return Named("TLS-36 253 bytes", For(NameOf(253)), NameOf(253));
        yield return Named("TLS-36 253 bytes and a dot", For(NameOf(253) + "."), NameOf(253));
        foreach (var length in (int[])[254, 255, 256, 4000])
        {
            yield return Malformed($"TLS-36 {length} bytes", For(NameOf(length)), TlsAlert.UnrecognizedName);
        }

        yield return Named("TLS-36 label of 63 bytes", For(new string('a', 63) + ".example"), new string('a', 63) + ".example");
        yield return Malformed("TLS-36 label of 64 bytes", For(new string('a', 64) + ".example"), TlsAlert.UnrecognizedName);
        yield return Named("TLS-37 single label", For("localhost"), "localhost");
    }

    private static IEnumerable<HelloCase> Ech()
    {
        yield return Named("TLS-40 encrypted_client_hello, outer", For().With(0xfe0d, EchOuter()));
        yield return Named("TLS-41 encrypted_client_hello, grease", For().With(0xfe0d, [.. EchOuter()[..^8], .. new byte[8]]));
        yield return Malformed("TLS-42 encrypted_client_hello, inner", For().With(0xfe0d, 0x01), TlsAlert.IllegalParameter);
        yield return Malformed("TLS-42 encrypted_client_hello of no bytes", For().With(0xfe0d));
        yield return Malformed("TLS-42 encrypted_client_hello of unknown kind", For().With(0xfe0d, 0x02));
        yield return Named("TLS-43 public outer name", For("cloudflare-ech.com").With(0xfe0d, EchOuter()), "cloudflare-ech.com");
        yield return Named("TLS-44 encrypted_server_name", For().With(0xffce, new byte[300]));
    }

    private static IEnumerable<HelloCase> OtherBytes()
    {
        yield return Malformed("TLS-47 early data first", [.. Record(23, new byte[40]), .. For().Wire()], TlsAlert.UnexpectedMessage);
        yield return Malformed("TLS-47 heartbeat first", Record(24, [1, 0, 0]), TlsAlert.UnexpectedMessage);
        foreach (var text in (string[])["GET / HTTP/1.1\r\n", "CONNECT a:443 HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"])
        {
            yield return Other($"TLS-52 {text.Split(' ')[0]}", Encoding.ASCII.GetBytes(text));
        }

        yield return Other("TLS-53 SSH", "SSH-2.0-OpenSSH_9.2\r\n"u8.ToArray());
        yield return Other("TLS-53 PostgreSQL", [0x00, 0x00, 0x00, 0x08, 0x04, 0xd2, 0x16, 0x2f]);
        yield return Other("TLS-53 SOCKS5", [0x05, 0x01, 0x00]);
        yield return Other("TLS-53 bytes above 0x80 that are no SSL 2.0", [0x80, 0x2e, 0x02, 0x00], TlsAlert.ProtocolVersion);
        yield return Other("TLS-53 SSL 2.0 frame of another version", [0x80, 0x2e, 0x01, 0x07], TlsAlert.ProtocolVersion);
        yield return Other("TLS-53 DTLS", [0x16, 0xfe, 0xfd, 0x00, 0x00], TlsAlert.ProtocolVersion);
        yield return Incomplete("TLS-54 silence", []);
        yield return Incomplete("TLS-55 one byte", [0x16]);
        yield return Named("TLS-56 nothing behind the hello", For());
        yield return Incomplete("TLS-57 end inside the hello", For().Wire()[..80]);
        yield return Incomplete("TLS-58 reset inside the record header", [0x16, 0x03, 0x01]);
    }

    private static byte[] Cut(byte[] message, int at) => [.. Record(22, message.AsSpan(0, at)), .. Record(22, message.AsSpan(at))];

    private static byte[] Between(byte[] record) => [.. Record(22, Message.AsSpan(0, 50)), .. record, .. Record(22, Message.AsSpan(50))];

    private static int IndexOf(byte[] message, string text) => message.AsSpan().IndexOf(Encoding.ASCII.GetBytes(text));

    private static byte[] Changed(byte[] bytes, int at, int delta)
    {
        bytes[at] = (byte)(bytes[at] + delta);
        return bytes;
    }

    private static ClientHelloBuilder TwoEntries((byte Type, string Name) first, (byte Type, string Name) second) =>
        For().WithServerName(ClientHelloBuilder.ServerNames((first.Type, Encoding.ASCII.GetBytes(first.Name)), (second.Type, Encoding.ASCII.GetBytes(second.Name))));

    private static ClientHelloBuilder EarlyDataHello() => Resumption(DefaultName).Set(hello => hello.Extensions.Insert(1, (42, [])));

    // RFC 8446 section 4.2.11: one identity, its age, one binder.
    private static ClientHelloBuilder Resumption(string? name) =>
        For(name).With(41, [.. Vector16([.. Vector16(new byte[180]), 0, 0, 0, 9]), .. Vector16([32, .. new byte[32]])]);

    private static ClientHelloBuilder Greased() => For()
        .Set(hello => hello.CipherSuites = [0x0a, 0x0a, .. hello.CipherSuites])
        .Set(hello => hello.Extensions.Insert(0, (Grease, [])))
        .Without(10).With(10, 0x00, 0x04, 0xfa, 0xfa, 0x00, 0x1d)
        .Without(16).With(16, 0x00, 0x06, 0x02, 0xca, 0xca, 0x02, 0x68, 0x32)
        .Without(43).With(43, 0x06, 0x6a, 0x6a, 0x03, 0x04, 0x03, 0x03)
        .With(0xdada, 0x00);

    private static string NameOf(int length)
    {
        var name = new StringBuilder();
        while (name.Length < length - 50)
        {
            name.Append('a', 49).Append('.');
        }

        return name.Append('b', length - name.Length).ToString();
    }
}
