using System.Buffers.Binary;
using System.Text;

namespace SniProxy.Core.Tests.Tls;

/// <summary>Writes ClientHellos, proper ones and, by its deltas and raw parts, improper ones. It depends on nothing here, so that other test projects can link the file.</summary>
internal sealed class ClientHelloBuilder
{
    public const string DefaultName = "allowed.example";

    public ushort LegacyVersion { get; set; } = 0x0303;

    public byte[] Random { get; set; } = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    public byte[] SessionId { get; set; } = [.. Enumerable.Repeat((byte)0x5e, 32)];

    public byte[] CipherSuites { get; set; } = [0x13, 0x02, 0x13, 0x03, 0x13, 0x01, 0xc0, 0x2f];

    public byte[] CompressionMethods { get; set; } = [0];

    /// <summary>In the order they are written; server_name comes first unless moved.</summary>
    public List<(ushort Type, byte[] Body)> Extensions { get; } = [];

    /// <summary>False leaves the whole block out, length and all.</summary>
    public bool HasExtensions { get; set; } = true;

    public int ExtensionsLengthDelta { get; set; }

    public int MessageLengthDelta { get; set; }

    /// <summary>Bytes behind the extensions block, inside the message.</summary>
    public byte[] Trailer { get; set; } = [];

    /// <summary>A TLS 1.3 hello as a small client writes it, for this name, or without the extension for null.</summary>
    public static ClientHelloBuilder For(string? serverName = DefaultName)
    {
        var builder = new ClientHelloBuilder();
        if (serverName is not null)
        {
            builder.With(0, ServerName(serverName));
        }

        return builder
            .With(10, [0x00, 0x04, 0x00, 0x1d, 0x00, 0x17])
            .With(13, [0x00, 0x04, 0x04, 0x03, 0x08, 0x04])
            .With(16, Alpn("h2", "http/1.1"))
            .With(43, [0x04, 0x03, 0x04, 0x03, 0x03])
            .With(45, [0x01, 0x01])
            .With(51, [0x00, 0x24, 0x00, 0x1d, 0x00, 0x20, .. Enumerable.Repeat((byte)0x77, 32)]);
    }

    /// <summary>A server_name body with one host_name.</summary>
    public static byte[] ServerName(string name) => ServerNames((0, Encoding.Latin1.GetBytes(name)));

    /// <summary>A server_name body with these entries.</summary>
    public static byte[] ServerNames(params (byte Type, byte[] Name)[] entries) =>
        Vector16([.. entries.SelectMany(entry => (byte[])[entry.Type, .. Vector16(entry.Name)])]);

    public static byte[] Alpn(params string[] protocols) =>
        Vector16([.. protocols.SelectMany(protocol => (byte[])[(byte)protocol.Length, .. Encoding.Latin1.GetBytes(protocol)])]);

    /// <summary>An encrypted_client_hello body of the outer kind (RFC 9849 section 5).</summary>
    public static byte[] EchOuter() =>
        [0x00, 0x00, 0x01, 0x00, 0x01, 0x2a, .. Vector16([.. Enumerable.Repeat((byte)0x11, 32)]), .. Vector16([.. Enumerable.Repeat((byte)0x22, 144)])];

    public static byte[] Vector16(byte[] content) => [(byte)(content.Length >> 8), (byte)content.Length, .. content];

    public static byte[] Record(byte type, ReadOnlySpan<byte> payload, ushort version = 0x0301) =>
        [type, (byte)(version >> 8), (byte)version, (byte)(payload.Length >> 8), (byte)payload.Length, .. payload];

    /// <summary>The message in handshake records of at most <paramref name="size"/> bytes each.</summary>
    public static byte[] Records(ReadOnlySpan<byte> message, int size = 16384, ushort version = 0x0301)
    {
        var wire = new List<byte>(message.Length + (5 * (message.Length / size)) + 5);
        for (; !message.IsEmpty; message = message[Math.Min(size, message.Length)..])
        {
            wire.AddRange(Record(22, message[..Math.Min(size, message.Length)], version));
        }

        return [.. wire];
    }

    public ClientHelloBuilder With(ushort type, params byte[] body)
    {
        Extensions.Add((type, body));
        return this;
    }

    public ClientHelloBuilder Without(ushort type)
    {
        Extensions.RemoveAll(extension => extension.Type == type);
        return this;
    }

    /// <summary>Replaces server_name by these bytes, whatever they are.</summary>
    public ClientHelloBuilder WithServerName(params byte[] body)
    {
        Without(0);
        Extensions.Insert(0, (0, body));
        return this;
    }

    public ClientHelloBuilder Set(Action<ClientHelloBuilder> change)
    {
        change(this);
        return this;
    }

    /// <summary>Adds padding extensions (type 21 first, then private ones) until the message has this many bytes.</summary>
    public ClientHelloBuilder PaddedTo(int messageBytes)
    {
        ushort type = 21;
        while (Message().Length < messageBytes)
        {
            var missing = messageBytes - Message().Length - 4;
            Extensions.Add((type, new byte[Math.Clamp(missing, 0, 16000)]));
            type = type == 21 ? (ushort)0xff10 : (ushort)(type + 1);
        }

        return this;
    }

    /// <summary>The handshake message: msg_type, length, body.</summary>
    public byte[] Message()
    {
        var body = new List<byte> { (byte)(LegacyVersion >> 8), (byte)LegacyVersion };
        body.AddRange(Random);
        body.Add((byte)SessionId.Length);
        body.AddRange(SessionId);
        body.AddRange(Vector16(CipherSuites));
        body.Add((byte)CompressionMethods.Length);
        body.AddRange(CompressionMethods);
        if (HasExtensions)
        {
            byte[] extensions = [.. Extensions.SelectMany(extension => (byte[])[(byte)(extension.Type >> 8), (byte)extension.Type, .. Vector16(extension.Body)])];
            var length = new byte[2];
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)(extensions.Length + ExtensionsLengthDelta));
            body.AddRange(length);
            body.AddRange(extensions);
        }

        body.AddRange(Trailer);
        var declared = body.Count + MessageLengthDelta;
        return [1, (byte)(declared >> 16), (byte)(declared >> 8), (byte)declared, .. body];
    }

    /// <summary>The message in as few records as it fits.</summary>
    public byte[] Wire() => Records(Message());
}
