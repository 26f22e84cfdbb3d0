namespace SniProxy.Core.Tls;

/// <summary>
/// Follows the records of one direction through bytes that arrive cut anywhere, and keeps none of them. A mutable struct: hold it in a field
/// that is not readonly.
/// </summary>
internal struct TlsRecordWalk
{
    private int headerRead;

    /// <summary>The next byte begins a record.</summary>
    public readonly bool IsAtRecord => headerRead == 0;

    /// <summary>The header that has begun is one of TLS as far as its first two bytes tell.</summary>
    public readonly bool HasVersion => headerRead >= 2;

    /// <summary>The next byte is payload, of which there is <see cref="Remaining"/>.</summary>
    public readonly bool IsInPayload => headerRead == TlsRecordHeader.Length;

    /// <summary>The content type of the record whose header has begun.</summary>
    public byte Type { get; private set; }

    /// <summary>The payload still to come of the record whose header is complete.</summary>
    public int Remaining { get; private set; }

    /// <summary>Takes the next byte of a header; false where no TLS record has it.</summary>
    public bool TryTakeHeader(byte value)
    {
        switch (headerRead++)
        {
            case 0:
                Type = value;
                return TlsRecordHeader.IsContentType(value);
            case 1:
                return value == TlsRecordHeader.MajorVersion;
            case 2:
                return true;
            case 3:
                Remaining = value << 8;
                return true;
            default:
                Remaining |= value;
                headerRead = Remaining == 0 ? 0 : headerRead;
                return Remaining <= TlsRecordHeader.MaxProtectedPayload;
        }
    }

    /// <summary>Steps over payload, at most what remains of it.</summary>
    public void TakePayload(int count)
    {
        Remaining -= count;
        headerRead = Remaining == 0 ? 0 : headerRead;
    }
}
