// Over 200 lines: framing, joining and limits are one state machine, and taken apart they would be harder to check.
using System.Buffers;
using System.Buffers.Binary;
using SniProxy.Core.Wire;

namespace SniProxy.Core.Tls;

/// <summary>
/// Finds the ClientHello at the beginning of a connection (RFC 8446 sections 4.1.2 and 5.1).
/// <code>
/// record:     type=22 | major=3 | minor | length:16 = 1..16384 | payload
/// handshake:  msg_type=1 | length:24 | ClientHello        over any number of records, ending where one ends
/// </code>
/// <see cref="Read"/> is asked again whenever more bytes are here, always with the connection's bytes from the first on; how far it came is
/// remembered, so the work of all calls together grows with the bytes and not with the calls. The answer depends on the bytes alone, never
/// on how they were cut. A hello in one record and one piece of memory is read in place; any other is joined in a rented buffer that grows
/// with what arrived, never with what a length field promises. Not for two threads at a time.
/// </summary>
public sealed class ClientHelloReader : IDisposable
{
    /// <summary>Far above any hello of today, post-quantum key shares included (under 2 KB); BoringSSL takes 16 KiB, Go 64 KiB.</summary>
    public const int DefaultMaxHelloBytes = 32768;

    /// <summary>Leaves a hello of full size room for records of five bytes and more.</summary>
    public const int DefaultMaxWireBytes = 65536;

    private const int FirstRent = 1024;

    private readonly int maxWireBytes;
    private ReadStatus status = ReadStatus.Incomplete;
    private ClientHello hello;

    // Everything before this offset has been walked: record headers checked, the message's bytes taken.
    private int offset;

    // What the record at the offset still holds; 0 where the next record's header stands.
    private int recordRemaining;

    // The message's own header may be cut anywhere, too.
    private int messageHeaderRead;
    private int bodyLength;

    private byte[]? joined;
    private int joinedLength;

    /// <param name="maxHelloBytes">The longest handshake message taken, its four header bytes included.</param>
    /// <param name="maxWireBytes">The bytes of the connection it must end within, record headers included.</param>
    public ClientHelloReader(int maxHelloBytes = DefaultMaxHelloBytes, int maxWireBytes = DefaultMaxWireBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxHelloBytes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxWireBytes);
        MaxHelloBytes = maxHelloBytes;
        this.maxWireBytes = maxWireBytes;
    }

    /// <summary>The longest handshake message taken.</summary>
    public int MaxHelloBytes { get; }

    /// <summary>What was read, once <see cref="Read"/> answered <see cref="ReadStatus.Complete"/>; until then the zero value, whose name is malformed.</summary>
    public ref readonly ClientHello Hello => ref hello;

    /// <summary>
    /// The alert that tells the client why, should the connection be refused now: what is wrong with the bytes, or
    /// <see cref="TlsAlert.UnrecognizedName"/> where they name no server, else <see cref="TlsAlert.AccessDenied"/>.
    /// </summary>
    public TlsAlert Alert { get; private set; } = TlsAlert.AccessDenied;

    /// <summary>
    /// Reads on. While it answers <see cref="ReadStatus.Incomplete"/>, <paramref name="wire"/> begins with the connection's first byte each time
    /// and only grows; any other answer is final. Bytes behind the hello's last record are not looked at, for early data may stand there:
    /// <see cref="ClientHello.WireLength"/> says where they begin.
    /// </summary>
    public ReadStatus Read(in ReadOnlySequence<byte> wire)
    {
        if (status == ReadStatus.Incomplete)
        {
            status = offset == 0 && TryReadOneRecord(wire.FirstSpan, out var body) ? ReadBody(body) : ReadOn(wire);
            if (status != ReadStatus.Incomplete)
            {
                ReturnJoined();
            }
        }

        return status;
    }

    /// <summary>Makes the reader ready for another connection.</summary>
    public void Reset()
    {
        ReturnJoined();
        status = ReadStatus.Incomplete;
        hello = default;
        offset = 0;
        recordRemaining = 0;
        messageHeaderRead = 0;
        bodyLength = 0;
        Alert = TlsAlert.AccessDenied;
    }

    public void Dispose() => Reset();

    // What nearly every client sends first: one record, here as a whole, that holds the hello and nothing else. Whatever is otherwise in any way is
    // read step by step.
    private bool TryReadOneRecord(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> body)
    {
        const int HeaderBytes = TlsRecordHeader.Length + ClientHelloMessage.HeaderLength;
        body = default;
        if (bytes.Length <= HeaderBytes || bytes[0] != TlsRecordHeader.Handshake || bytes[1] != TlsRecordHeader.MajorVersion
            || bytes[TlsRecordHeader.Length] != ClientHelloMessage.Type)
        {
            return false;
        }

        var recordLength = BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]);
        var length = (int)(BinaryPrimitives.ReadUInt32BigEndian(bytes[TlsRecordHeader.Length..]) & 0xffffff);
        if (length == 0 || recordLength != length + ClientHelloMessage.HeaderLength || recordLength > TlsRecordHeader.MaxPayload || recordLength > MaxHelloBytes
            || TlsRecordHeader.Length + recordLength > maxWireBytes || bytes.Length < TlsRecordHeader.Length + recordLength)
        {
            return false;
        }

        body = bytes.Slice(HeaderBytes, length);
        offset = HeaderBytes + length;
        return true;
    }

    // Finding the offset again costs a step for each piece of memory before it; a pipe's pieces are kilobytes, so there are few.
    private ReadStatus ReadOn(in ReadOnlySequence<byte> wire)
    {
        var reader = new SequenceReader<byte>(offset == 0 ? wire : wire.Slice(offset));
        var answer = offset == 0 ? ReadProtocol(reader) : ReadStatus.Complete;
        while (answer == ReadStatus.Complete)
        {
            if (recordRemaining == 0)
            {
                answer = ReadRecordHeader(ref reader);
            }
            else if (messageHeaderRead < ClientHelloMessage.HeaderLength)
            {
                answer = ReadMessageHeader(ref reader);
            }
            else if (joinedLength == 0 && recordRemaining == bodyLength)
            {
                return ReadBodyInOneRecord(ref reader);
            }
            else
            {
                answer = JoinBody(ref reader);
                if (answer == ReadStatus.Complete && joinedLength == bodyLength)
                {
                    return ReadBody(joined.AsSpan(0, joinedLength));
                }
            }
        }

        return answer;
    }

    // Says as early as the bytes allow whether TLS begins here at all.
    private ReadStatus ReadProtocol(SequenceReader<byte> reader)
    {
        if (!reader.TryRead(out var first))
        {
            return ReadStatus.Incomplete;
        }

        if (first >= 0x80)
        {
            return ReadSslV2(reader);
        }

        if (!TlsRecordHeader.IsContentType(first))
        {
            return Fail(ReadStatus.OtherProtocol, TlsAlert.UnexpectedMessage);
        }

        if (!reader.TryRead(out var major))
        {
            return ReadStatus.Incomplete;
        }

        if (major != TlsRecordHeader.MajorVersion)
        {
            return Fail(ReadStatus.OtherProtocol, TlsAlert.ProtocolVersion);
        }

        // Some server might step over an alert or a change_cipher_spec and find a hello behind it; the policy must not.
        return first == TlsRecordHeader.Handshake ? ReadStatus.Complete : Fail(ReadStatus.Malformed, TlsAlert.UnexpectedMessage);
    }

    // RFC 5246 appendix E.2: { 1:1, length:15 | msg_type=1 | version }, of SSL 2.0 itself (0x0002) or offering SSL 3.0 and up. It names no server.
    private ReadStatus ReadSslV2(SequenceReader<byte> reader)
    {
        reader.Advance(Math.Min(1, reader.Remaining));
        if (!reader.TryRead(out var type))
        {
            return ReadStatus.Incomplete;
        }

        if (type == ClientHelloMessage.Type && !reader.TryPeek(out _))
        {
            return ReadStatus.Incomplete;
        }

        var isHello = type == ClientHelloMessage.Type && reader.TryRead(out var major) && major is 0 or TlsRecordHeader.MajorVersion;
        return Fail(isHello ? ReadStatus.Malformed : ReadStatus.OtherProtocol, TlsAlert.ProtocolVersion);
    }

    private ReadStatus ReadRecordHeader(ref SequenceReader<byte> reader)
    {
        if (offset + TlsRecordHeader.Length >= maxWireBytes)
        {
            return Fail(ReadStatus.TooLarge, TlsAlert.RecordOverflow);
        }

        Span<byte> header = stackalloc byte[TlsRecordHeader.Length];
        header = header[..(int)Math.Min(header.Length, reader.Remaining)];
        reader.TryCopyTo(header);
        if (header.Length > 0 && header[0] != TlsRecordHeader.Handshake)
        {
            return Fail(ReadStatus.Malformed, TlsAlert.UnexpectedMessage);
        }

        if (header.Length > 1 && header[1] != TlsRecordHeader.MajorVersion)
        {
            return Fail(ReadStatus.Malformed, TlsAlert.ProtocolVersion);
        }

        if (header.Length < TlsRecordHeader.Length)
        {
            return ReadStatus.Incomplete;
        }

        recordRemaining = BinaryPrimitives.ReadUInt16BigEndian(header[3..]);
        if (recordRemaining is 0 or > TlsRecordHeader.MaxPayload)
        {
            return Fail(ReadStatus.Malformed, TlsAlert.RecordOverflow);
        }

        Advance(ref reader, TlsRecordHeader.Length);
        return offset + recordRemaining > maxWireBytes ? Fail(ReadStatus.TooLarge, TlsAlert.RecordOverflow) : CheckEnd();
    }

    private ReadStatus ReadMessageHeader(ref SequenceReader<byte> reader)
    {
        if (!reader.TryPeek(out var value))
        {
            return ReadStatus.Incomplete;
        }

        if (messageHeaderRead == 0 && value != ClientHelloMessage.Type)
        {
            return Fail(ReadStatus.Malformed, TlsAlert.UnexpectedMessage);
        }

        bodyLength = messageHeaderRead == 0 ? 0 : bodyLength << 8 | value;
        messageHeaderRead++;
        recordRemaining--;
        Advance(ref reader, 1);
        if (messageHeaderRead < ClientHelloMessage.HeaderLength)
        {
            return ReadStatus.Complete;
        }

        if (bodyLength > MaxHelloBytes - ClientHelloMessage.HeaderLength)
        {
            return Fail(ReadStatus.TooLarge, TlsAlert.RecordOverflow);
        }

        // No body is that short, and an empty one would have no end to reach.
        return bodyLength == 0 ? Fail(ReadStatus.Malformed, TlsAlert.DecodeError) : CheckEnd();
    }

    // A client has nothing to say behind its hello before the server answered, and a second message must not share the record (RFC 8446 section 5.1).
    private ReadStatus CheckEnd() =>
        messageHeaderRead == ClientHelloMessage.HeaderLength && recordRemaining > bodyLength - joinedLength
            ? Fail(ReadStatus.Malformed, TlsAlert.UnexpectedMessage)
            : ReadStatus.Complete;

    private ReadStatus ReadBodyInOneRecord(ref SequenceReader<byte> reader)
    {
        if (reader.Remaining < bodyLength)
        {
            return ReadStatus.Incomplete;
        }

        if (reader.UnreadSpan.Length >= bodyLength)
        {
            var body = reader.UnreadSpan[..bodyLength];
            offset += bodyLength;
            return ReadBody(body);
        }

        JoinBody(ref reader);
        return ReadBody(joined.AsSpan(0, joinedLength));
    }

    private ReadStatus JoinBody(ref SequenceReader<byte> reader)
    {
        var count = (int)Math.Min(recordRemaining, reader.Remaining);
        if (count == 0)
        {
            return ReadStatus.Incomplete;
        }

        Grow(joinedLength + count);
        reader.TryCopyTo(joined.AsSpan(joinedLength, count));
        joinedLength += count;
        recordRemaining -= count;
        Advance(ref reader, count);
        return ReadStatus.Complete;
    }

    private ReadStatus ReadBody(ReadOnlySpan<byte> body)
    {
        if (!ClientHelloMessage.TryRead(body, out hello, out var alert))
        {
            return Fail(ReadStatus.Malformed, alert);
        }

        hello = hello with { WireLength = offset };
        Alert = hello.ServerNameStatus == ServerNameStatus.Valid ? TlsAlert.AccessDenied : TlsAlert.UnrecognizedName;
        return ReadStatus.Complete;
    }

    private void Advance(ref SequenceReader<byte> reader, int count)
    {
        reader.Advance(count);
        offset += count;
    }

    private ReadStatus Fail(ReadStatus answer, TlsAlert alert)
    {
        Alert = alert;
        return answer;
    }

    // At least doubles, so that all the copying together stays within twice the bytes.
    private void Grow(int needed)
    {
        if (joined is not null && joined.Length >= needed)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, joined is null ? FirstRent : joined.Length * 2));
        joined?.AsSpan(0, joinedLength).CopyTo(larger);
        ReturnJoined(keepLength: true);
        joined = larger;
    }

    private void ReturnJoined(bool keepLength = false)
    {
        if (joined is not null)
        {
            ArrayPool<byte>.Shared.Return(joined);
            joined = null;
        }

        joinedLength = keepLength ? joinedLength : 0;
    }
}
