using System.Text;
using SniProxy.Core.Names;
using SniProxy.Core.Wire;

namespace SniProxy.Core.Tls;

/// <summary>The extensions block of a ClientHello (RFC 8446 section 4.2), as far as it matters to the proxy; all others are stepped over unread.</summary>
internal ref struct ClientHelloExtensions
{
    // https://www.iana.org/assignments/tls-extensiontype-values
    private const ushort ServerNameType = 0;
    private const ushort AlpnType = 16;
    private const ushort EarlyDataType = 42;
    private const ushort SupportedVersionsType = 43;
    private const ushort EchType = 0xfe0d;
    private const ushort EncryptedServerNameType = 0xffce;

    private const byte EchOuter = 0;
    private const byte EchInner = 1;

    /// <summary>What stands in the extension server_name; absent unless there is one.</summary>
    public ServerNameExtension ServerName { get; private set; }

    public bool HasEch { get; private set; }

    public bool HasEarlyData { get; private set; }

    public ushort HighestVersion { get; set; }

    public string? Alpn { get; private set; }

    /// <summary>Reads all of them; false with the alert to send where one of those that matter is improper, or any stands twice.</summary>
    public bool TryRead(ByteReader extensions, out TlsAlert alert)
    {
        ServerName = ServerNameExtension.Absent;
        var seen = default(ExtensionTypes);
        try
        {
            return TryRead(extensions, ref seen, out alert);
        }
        finally
        {
            seen.Dispose();
        }
    }

    private bool TryRead(ByteReader extensions, ref ExtensionTypes seen, out TlsAlert alert)
    {
        while (!extensions.IsAtEnd)
        {
            alert = TlsAlert.DecodeError;
            if (!extensions.TryReadUInt16(out var type) || !extensions.TryReadVector16(out var extension))
            {
                return false;
            }

            // Servers disagree about which of two to believe (RFC 8446 section 4.2: there must not be two of a type).
            if (!seen.TryAdd(type))
            {
                alert = TlsAlert.IllegalParameter;
                return false;
            }

            if (!TryReadExtension(type, extension, ref alert))
            {
                return false;
            }
        }

        alert = default;
        return true;
    }

    private bool TryReadExtension(ushort type, ByteReader extension, ref TlsAlert alert)
    {
        switch (type)
        {
            case ServerNameType:
                ServerName = ServerNameExtension.Read(extension, ref alert);
                return ServerName.Status != ServerNameStatus.Malformed;
            case AlpnType:
                return TryReadAlpn(extension);
            case SupportedVersionsType:
                ReadSupportedVersions(extension);
                return true;
            case EarlyDataType:
                HasEarlyData = true;
                return true;
            case EchType:
                HasEch = true;
                return TryReadEch(extension, ref alert);
            case EncryptedServerNameType:
                HasEch = true;
                return true;
            default:
                return true;
        }
    }

    // RFC 7301 section 3.1: a list of names of 1 to 255 bytes, not empty.
    private bool TryReadAlpn(ByteReader extension)
    {
        if (!extension.TryReadVector16(out var list) || !extension.IsAtEnd || list.IsAtEnd)
        {
            return false;
        }

        while (!list.IsAtEnd)
        {
            if (!list.TryReadVector8(out var protocol) || protocol.IsAtEnd)
            {
                return false;
            }

            if (Alpn is null && !protocol.Rest.ContainsAnyExceptInRange((byte)'!', (byte)'~'))
            {
                Alpn = NameOf(protocol.Rest);
            }
        }

        return true;
    }

    // The two that nearly all clients send need no new string.
    private static string NameOf(ReadOnlySpan<byte> protocol) =>
        protocol.SequenceEqual("h2"u8) ? "h2"
        : protocol.SequenceEqual("http/1.1"u8) ? "http/1.1"
        : Encoding.ASCII.GetString(protocol);

    // RFC 8446 section 4.2.1. Grease (RFC 8701) and drafts fall outside the range.
    private void ReadSupportedVersions(ByteReader extension)
    {
        if (!extension.TryReadVector8(out var versions) || !extension.IsAtEnd || versions.Remaining % 2 != 0)
        {
            return;
        }

        ushort highest = 0;
        while (versions.TryReadUInt16(out var version))
        {
            if (version is >= 0x0300 and <= 0x0304)
            {
                highest = Math.Max(highest, version);
            }
        }

        HighestVersion = highest == 0 ? HighestVersion : highest;
    }

    // RFC 9849 section 5: only the outer form exists on the wire; the inner one belongs inside the encryption.
    private static bool TryReadEch(ByteReader extension, ref TlsAlert alert)
    {
        if (!extension.TryReadByte(out var type))
        {
            return false;
        }

        if (type == EchInner)
        {
            alert = TlsAlert.IllegalParameter;
        }

        return type == EchOuter;
    }
}
