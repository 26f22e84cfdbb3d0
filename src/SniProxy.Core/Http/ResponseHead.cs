namespace SniProxy.Core.Http;

/// <summary>What is looked at in the head of a response: its status and its length (RFC 9112 sections 4 and 6).</summary>
internal struct ResponseHead
{
    // More than any server sends; a bound on what is followed.
    private const int MaxLines = 1000;

    private bool hasStatus;
    private int lines;

    public int Status { get; private set; }

    /// <summary>The Content-Length, or null.</summary>
    public long? Length { get; private set; }

    public bool IsChunked { get; private set; }

    public bool IsComplete { get; private set; }

    /// <summary>Takes the next line; false where what follows could not be told for certain.</summary>
    public bool Take(ReadOnlySpan<byte> line)
    {
        if (!hasStatus)
        {
            return TakeStatusLine(line);
        }

        if (line.IsEmpty)
        {
            IsComplete = true;
            return !(IsChunked && Length is not null);
        }

        return ++lines <= MaxLines && HttpSyntax.TakeField(line, out var name, out var value) && TakeField(name, value);
    }

    private bool TakeStatusLine(ReadOnlySpan<byte> line)
    {
        hasStatus = true;
        var isHttp1 = line.StartsWith("HTTP/1.1 "u8) || line.StartsWith("HTTP/1.0 "u8);
        if (!isHttp1 || line.Length < 12 || (line.Length > 12 && line[12] != ' '))
        {
            return false;
        }

        var code = line[9..12];
        Status = code.ContainsAnyExceptInRange((byte)'0', (byte)'9') ? 0 : (code[0] - '0') * 100 + (code[1] - '0') * 10 + code[2] - '0';
        return Status is >= 100 and < 600;
    }

    private bool TakeField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.Is("Content-Length"u8))
        {
            var isFirst = Length is null;
            var isNumber = HttpSyntax.TryReadLength(value, out var length);
            Length = length;
            return isFirst && isNumber;
        }

        if (name.Is("Transfer-Encoding"u8))
        {
            var isFirst = !IsChunked;
            IsChunked = true;
            return isFirst && value.Is("chunked"u8);
        }

        return true;
    }
}
