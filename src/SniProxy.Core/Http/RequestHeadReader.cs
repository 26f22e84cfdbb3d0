using System.Buffers;
using SniProxy.Core.Wire;

namespace SniProxy.Core.Http;

/// <summary>
/// Reads the head of one HTTP/1 request after the other, strictly (RFC 9112 sections 2 to 6): whatever two programs could understand
/// differently is malformed. Each line is looked at once, however the bytes arrive, so the work is linear; nothing is allocated but the
/// canonical name, and only a line that lies across segments is copied. An answer other than
/// <see cref="ReadStatus.Incomplete"/> stands until <see cref="Reset"/>.
/// </summary>
public sealed class RequestHeadReader(HttpLimits limits)
{
    private HeadLines lines = new();
    private RequestFields fields;
    private Part part;
    private ReadStatus answer = ReadStatus.Incomplete;
    private int fieldCount;

    public RequestHeadReader()
        : this(HttpLimits.Default)
    {
    }

    /// <summary>What the next line is.</summary>
    private enum Part : byte
    {
        RequestLineOrEmpty = 0,
        RequestLine,
        Field,
    }

    /// <summary>What was read, once the answer is <see cref="ReadStatus.Complete"/>.</summary>
    public RequestHead Head { get; } = new();

    /// <summary>Why the request is not acceptable, once it is known not to be.</summary>
    public RequestFault Fault { get; private set; }

    /// <summary>
    /// Reads on. <paramref name="wire"/> begins at the first byte of the request, each time, and only ever grows at its end.
    /// The answer is <see cref="ReadStatus.OtherProtocol"/> where the very first byte rules HTTP out.
    /// </summary>
    public ReadStatus Read(in ReadOnlySequence<byte> wire)
    {
        while (answer == ReadStatus.Incomplete && TryFindLine(wire, out var length))
        {
            ReadLine(wire.Slice(lines.Start, length));
            lines.Next();
        }

        return answer;
    }

    /// <summary>Forgets everything: the next <see cref="Read"/> begins at another request.</summary>
    public void Reset()
    {
        lines = new HeadLines();
        fields = default;
        part = Part.RequestLineOrEmpty;
        answer = ReadStatus.Incomplete;
        fieldCount = 0;
        Fault = RequestFault.Unread;
        Head.Clear();
    }

    // Nothing beyond the limits is looked at, so that the answer does not depend on how the bytes were cut.
    private bool TryFindLine(in ReadOnlySequence<byte> wire, out int length)
    {
        var limit = part == Part.Field ? limits.HeadBytes : Math.Min(limits.HeadBytes, lines.Start + limits.RequestLineBytes + 2);
        if (lines.TryFind(wire, limit, out length))
        {
            return true;
        }

        if (lines.Fault != RequestFault.None)
        {
            Refuse(lines.Fault == RequestFault.NotHttp ? ReadStatus.OtherProtocol : ReadStatus.Malformed, lines.Fault);
        }
        else if (lines.Scanned == limit)
        {
            Refuse(ReadStatus.TooLarge, part == Part.Field ? RequestFault.HeadTooLong : RequestFault.RequestLineTooLong);
        }

        return false;
    }

    private void ReadLine(in ReadOnlySequence<byte> line)
    {
        if (line.IsSingleSegment)
        {
            Take(line.FirstSpan);
            return;
        }

        var length = (int)line.Length;
        var joined = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            line.CopyTo(joined);
            Take(joined.AsSpan(0, length));
        }
        finally
        {
            // A line may carry credentials.
            ArrayPool<byte>.Shared.Return(joined, clearArray: true);
        }
    }

    private void Take(ReadOnlySpan<byte> line)
    {
        if (part == Part.Field)
        {
            TakeField(line);
        }
        else if (!line.IsEmpty)
        {
            part = Part.Field;
            Settle(RequestLine.Read(line, lines.Start, Head));
        }
        else if (part == Part.RequestLineOrEmpty)
        {
            // RFC 9112 section 2.2: one empty line before a request is forgiven.
            part = Part.RequestLine;
        }
        else
        {
            Settle(RequestFault.EmptyLines);
        }
    }

    private void TakeField(ReadOnlySpan<byte> line)
    {
        if (!line.IsEmpty)
        {
            if (++fieldCount > limits.Fields)
            {
                Refuse(ReadStatus.TooLarge, RequestFault.TooManyFields);
                return;
            }

            Settle(fields.Read(line, lines.Start, Head));
            return;
        }

        Settle(fields.Finish(Head));
        if (answer == ReadStatus.Incomplete)
        {
            Head.Length = lines.Scanned;
            Fault = RequestFault.None;
            answer = ReadStatus.Complete;
        }
    }

    private void Settle(RequestFault fault)
    {
        if (fault != RequestFault.None)
        {
            Refuse(ReadStatus.Malformed, fault);
        }
    }

    private void Refuse(ReadStatus status, RequestFault fault)
    {
        answer = status;
        Fault = fault;
    }
}
