namespace SniProxy.Core.Http;

/// <summary>
/// Follows a server's responses on one connection, in order, to know which requests are answered and with what status. It takes nothing
/// out of the flow and judges nothing. Where a response cannot be followed for certain, it is lost for good: then nothing that
/// depends on an answer is let through any more.
/// </summary>
internal sealed class ResponseReader(HttpLimits limits)
{
    // Clients that pipelined kept to 8 (the default of browsers while they had it); more are forwarded, but no longer followed.
    private const int MaxOutstanding = 64;

    private readonly ResponseLine line = new();
    private ResponseHead head;
    private MessageBody body = MessageBody.None;
    private bool isInBody;

    // One bit a request that waits for its response, the oldest lowest: it was a HEAD, whose response has no body.
    private ulong headRequests;
    private int outstanding;

    public bool IsLost { get; private set; }

    /// <summary>Every request has its whole response.</summary>
    public bool IsIdle => !IsLost && outstanding == 0 && line.IsEmpty;

    /// <summary>A request goes to the server.</summary>
    public void Expect(bool isHeadRequest)
    {
        if (outstanding == MaxOutstanding)
        {
            Lose();
            return;
        }

        headRequests |= (isHeadRequest ? 1UL : 0) << outstanding++;
    }

    public void Lose() => IsLost = true;

    /// <summary>
    /// Follows <paramref name="bytes"/> up to the end of the next response's head, and says its status and whether it answers the newest
    /// request; false when the bytes end before.
    /// </summary>
    public bool TryRead(ref ReadOnlySpan<byte> bytes, out int status, out bool isNewest)
    {
        status = 0;
        isNewest = false;
        while (!bytes.IsEmpty && !IsLost)
        {
            if (isInBody)
            {
                SkipBody(ref bytes);
            }
            else if (line.TryTake(ref bytes, out var text))
            {
                IsLost = outstanding == 0 || !head.Take(text);
            }

            IsLost |= line.IsBroken;
            if (!IsLost && head.IsComplete)
            {
                status = head.Status;
                isNewest = outstanding == 1;
                EndHead();
                return true;
            }
        }

        return false;
    }

    // An interim response (RFC 9110 section 15.2) has no body and another response behind it.
    private void EndHead()
    {
        if (head.Status >= 200)
        {
            body = BodyOf(head, isHeadRequest: (headRequests & 1) != 0);
            isInBody = true;
            EndBody();
        }

        head = default;
    }

    // RFC 9112 section 6.3, the cases for responses.
    private MessageBody BodyOf(in ResponseHead of, bool isHeadRequest)
    {
        if (isHeadRequest || of.Status is 204 or 304)
        {
            return MessageBody.None;
        }

        if (of.IsChunked)
        {
            return MessageBody.Chunked(limits);
        }

        return of.Length is { } length ? MessageBody.OfLength(length) : MessageBody.UntilClose;
    }

    private void SkipBody(ref ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[body.Walk(bytes)..];
        IsLost |= body.IsBroken;
        EndBody();
    }

    private void EndBody()
    {
        if (body.IsDone)
        {
            isInBody = false;
            outstanding--;
            headRequests >>= 1;
        }
    }
}
