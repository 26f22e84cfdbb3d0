namespace SniProxy.Core.Tls;

/// <summary>The five bytes before each record (RFC 8446 section 5.1): type, major version, minor version, length:16.</summary>
internal static class TlsRecordHeader
{
    public const int Length = 5;

    /// <summary>The longest plaintext record.</summary>
    public const int MaxPayload = 1 << 14;

    /// <summary>The longest record of them all: an encrypted one of TLS 1.2 (RFC 5246 section 6.2.3).</summary>
    public const int MaxProtectedPayload = MaxPayload + 2048;

    public const byte ChangeCipherSpec = 20;
    public const byte Alert = 21;
    public const byte Handshake = 22;
    public const byte ApplicationData = 23;

    /// <summary>3 in all versions from SSL 3.0 to TLS 1.3; the minor number is to be ignored.</summary>
    public const byte MajorVersion = 3;

    /// <summary>A content type that some TLS registers as its own: these four and heartbeat, tls12_cid and ACK.</summary>
    public static bool IsContentType(byte type) => type is >= ChangeCipherSpec and <= 26;
}
