using System.Buffers.Binary;
using System.Net.Sockets;
using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Callers;

/// <summary>One TLS record as it came (RFC 8446 §5.1).</summary>
public sealed record TlsRecord(byte Type, byte[] Payload)
{
    public const byte ChangeCipherSpec = 20;
    public const byte Alert = 21;
    public const byte Handshake = 22;

    private const int HeaderBytes = 5;

    // RFC 8446 §4.1.3: the random of a ServerHello that is a HelloRetryRequest begins so.
    private static readonly byte[] RetryRandom = [0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11];

    /// <summary>A ServerHello, and no HelloRetryRequest.</summary>
    public bool IsServerHello => Type == Handshake && Payload is [2, ..] && !IsRetryRequest;

    public bool IsRetryRequest => Type == Handshake && Payload is [2, ..] && Payload.AsSpan(6).StartsWith(RetryRandom);

    /// <summary>The fatal alert access_denied.</summary>
    public bool IsAccessDenied => Type == Alert && Payload is [2, Refusal.AccessDenied];

    /// <summary>The next record; null when the other side has closed in order.</summary>
    public static async Task<TlsRecord?> ReadAsync(Socket socket, TimeSpan within)
    {
        var header = await socket.ReceiveAsync(HeaderBytes, within);
        if (header.Length < HeaderBytes)
        {
            return header.Length == 0 ? null : throw new LabException("a record's header was cut off: " + Convert.ToHexString(header));
        }

        return new TlsRecord(header[0], await socket.ReceiveAsync(BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(3)), within));
    }

    /// <summary>All records until the other side closes in order.</summary>
    public static async Task<IReadOnlyList<TlsRecord>> ReadToEndAsync(Socket socket, TimeSpan within)
    {
        var records = new List<TlsRecord>();
        while (await ReadAsync(socket, within) is { } record)
        {
            records.Add(record);
        }

        return records;
    }

    public override string ToString() => $"{Type}:{Convert.ToHexString(Payload)}";
}
