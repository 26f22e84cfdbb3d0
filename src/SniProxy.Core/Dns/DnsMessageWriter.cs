using System.Buffers.Binary;

namespace SniProxy.Core.Dns;

/// <summary>
/// Writes messages into a buffer and says when it is full, never further. Owners are compressed against the question and against the
/// last alias (RFC 1035 section 4.1.4), which is what answers consist of.
/// </summary>
public ref struct DnsMessageWriter
{
    private const ushort ClassIn = 1;
    private const ushort PointerBits = 0xc000;
    private const int MaxPointer = 0x3fff;

    private readonly Span<byte> buffer;
    private int questionNameLength;
    private int aliasStart;
    private int aliasLength;
    private DnsHeader header;

    public DnsMessageWriter(Span<byte> buffer, ushort id, ushort flags)
    {
        this.buffer = buffer;
        header = new DnsHeader(id, flags, 0, 0, 0, 0);
        Length = DnsHeader.Size;
        IsFull = buffer.Length < Length;
    }

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>Something did not fit; what is in the buffer is of no use.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Writes the question as it stands, letter case included; it comes first.</summary>
    public void WriteQuestion(scoped ReadOnlySpan<byte> question)
    {
        questionNameLength = question.Length - 4;
        Append(question);
        header = header with { Questions = 1 };
    }

    public void WriteAnswer(DnsRecord record, uint ttl)
    {
        WriteOwner(record.Owner);
        AppendRecordHead(record.Type, ClassIn, ttl, record.Content.Length);
        if (record.Type == DnsType.Cname && Length <= MaxPointer)
        {
            aliasStart = Length;
            aliasLength = record.Content.Length;
        }

        Append(record.Content.Span);
        header = header with { Answers = (ushort)(header.Answers + 1) };
    }

    /// <summary>
    /// Writes the SOA that makes a "no" last for <paramref name="ttl"/> seconds (RFC 2308 section 3). Its owner is the parent of the
    /// name that was asked for, so that no other name is said not to exist.
    /// </summary>
    public void WriteNegativeAuthority(uint ttl)
    {
        // "egress.internal" is where a sandbox can ask why.
        var primary = "\u0006egress\u0008internal\0"u8;
        var mailbox = "\u0006policy"u8;
        var firstLabel = questionNameLength > 1 ? 1 + buffer[DnsHeader.Size] : 0;
        AppendUInt16((ushort)(PointerBits | (DnsHeader.Size + firstLabel)));
        AppendRecordHead(DnsType.Soa, ClassIn, ttl, primary.Length + mailbox.Length + 2 + 20);
        var primaryStart = Length;
        Append(primary);
        Append(mailbox);
        AppendUInt16((ushort)(PointerBits | primaryStart));
        AppendUInt32(1);
        AppendUInt32(3600);
        AppendUInt32(600);
        AppendUInt32(86_400);
        AppendUInt32(ttl);
        header = header with { Authorities = 1 };
    }

    /// <summary>Writes OPT (RFC 6891 section 6.1.2) with an extended error (RFC 8914 section 2) where there is one to tell.</summary>
    public void WriteOpt(ushort udpSize, int rcode, bool dnssecOk, ExtendedError? error = null, scoped ReadOnlySpan<byte> text = default)
    {
        const ushort extendedErrorOption = 15;
        var optionLength = error is null ? 0 : 2 + text.Length;
        Append([0]);
        var ttl = (uint)(rcode >> 4) << 24 | (dnssecOk ? 0x8000u : 0);
        AppendRecordHead(DnsType.Opt, udpSize, ttl, error is null ? 0 : 4 + optionLength);
        if (error is { } code)
        {
            AppendUInt16(extendedErrorOption);
            AppendUInt16((ushort)optionLength);
            AppendUInt16((ushort)code);
            Append(text);
        }

        header = header with { Additionals = 1 };
    }

    /// <summary>Puts the header in its place; the message is <see cref="Length"/> bytes long.</summary>
    public readonly void Finish()
    {
        if (!IsFull)
        {
            header.Write(buffer);
        }
    }

    private void WriteOwner(DnsName owner)
    {
        if (questionNameLength > 0 && WireName.AreEqual(owner.Wire, buffer.Slice(DnsHeader.Size, questionNameLength)))
        {
            AppendUInt16(PointerBits | DnsHeader.Size);
        }
        else if (aliasLength > 0 && !IsFull && WireName.AreEqual(owner.Wire, buffer.Slice(aliasStart, aliasLength)))
        {
            AppendUInt16((ushort)(PointerBits | aliasStart));
        }
        else
        {
            Append(owner.Wire);
        }
    }

    private void AppendRecordHead(DnsType type, ushort recordClass, uint ttl, int length)
    {
        AppendUInt16((ushort)type);
        AppendUInt16(recordClass);
        AppendUInt32(ttl);
        AppendUInt16((ushort)length);
    }

    private void AppendUInt16(ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        Append(bytes);
    }

    private void AppendUInt32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        Append(bytes);
    }

    private void Append(scoped ReadOnlySpan<byte> bytes)
    {
        if (IsFull || buffer.Length - Length < bytes.Length)
        {
            IsFull = true;
            return;
        }

        bytes.CopyTo(buffer[Length..]);
        Length += bytes.Length;
    }
}
