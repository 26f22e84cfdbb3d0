namespace SniProxy.Core.Tls;

/// <summary>Writes the one record that is ever sent to a client whose TLS connection is refused.</summary>
public static class TlsAlertRecord
{
    /// <summary>The record's size on the wire.</summary>
    public const int Length = 7;

    /// <summary>
    /// Writes a fatal alert in a plaintext record of version 0x0303, which every client takes before a version is agreed on
    /// (RFC 8446 sections 5.1 and 6). Answers false, and writes nothing, where <paramref name="destination"/> is shorter than <see cref="Length"/>.
    /// </summary>
    public static bool TryWrite(Span<byte> destination, TlsAlert alert)
    {
        ReadOnlySpan<byte> record = [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, (byte)alert];
        return record.TryCopyTo(destination);
    }
}
