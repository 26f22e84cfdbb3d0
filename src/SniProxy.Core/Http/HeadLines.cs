using System.Buffers;

namespace SniProxy.Core.Http;

/// <summary>Finds the lines of a head and remembers how far it looked, so that no byte is looked at twice.</summary>
internal struct HeadLines()
{
    private bool endsInCarriageReturn;

    /// <summary>Where the line begins that is looked for.</summary>
    public int Start { get; private set; }

    /// <summary>How many bytes were looked at: up to the end of the line once it is found.</summary>
    public int Scanned { get; private set; }

    /// <summary>What is wrong with the bytes, if anything is.</summary>
    public RequestFault Fault { get; private set; } = RequestFault.None;

    /// <summary>
    /// Looks for the line's end in the first <paramref name="limit"/> bytes of <paramref name="wire"/>; <paramref name="length"/> is
    /// without CR LF.
    /// </summary>
    public bool TryFind(in ReadOnlySequence<byte> wire, int limit, out int length)
    {
        length = 0;
        var window = (int)Math.Min(wire.Length, limit);
        if (window <= Scanned)
        {
            return false;
        }

        foreach (var segment in wire.Slice(Scanned, window - Scanned))
        {
            if (TryFindEnd(segment.Span))
            {
                length = Scanned - 2 - Start;
                return true;
            }
        }

        return false;
    }

    /// <summary>The line was read; the next one begins behind it.</summary>
    public void Next() => Start = Scanned;

    // RFC 9112 section 2.2: lines end in CR LF. A server may take LF alone; then its lines would not be ours.
    private bool TryFindEnd(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || Fault != RequestFault.None)
        {
            return false;
        }

        if (Scanned == 0 && !MayBegin(bytes[0]))
        {
            Fault = RequestFault.NotHttp;
            return false;
        }

        if (!endsInCarriageReturn && !TryFindReturn(ref bytes))
        {
            return false;
        }

        if (bytes.IsEmpty)
        {
            return false;
        }

        if (bytes[0] != '\n')
        {
            Fault = RequestFault.BareCarriageReturn;
            return false;
        }

        endsInCarriageReturn = false;
        Scanned++;
        return true;
    }

    // Leaves the bytes behind the CR.
    private bool TryFindReturn(ref ReadOnlySpan<byte> bytes)
    {
        var at = bytes.IndexOfAny(HttpSyntax.LineBreakers);
        if (at < 0)
        {
            Scanned += bytes.Length;
            return false;
        }

        if (bytes[at] != '\r')
        {
            Fault = bytes[at] == '\n' ? RequestFault.BareLineFeed : RequestFault.ControlByte;
            return false;
        }

        endsInCarriageReturn = true;
        Scanned += at + 1;
        bytes = bytes[(at + 1)..];
        return true;
    }

    // A method, or the whitespace that some servers skip before one.
    private static bool MayBegin(byte first) => HttpSyntax.TokenBytes.Contains(first) || first is (byte)' ' or >= (byte)'\t' and <= (byte)'\r';
}
