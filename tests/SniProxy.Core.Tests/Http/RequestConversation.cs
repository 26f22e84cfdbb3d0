using SniProxy.Core.Http;

namespace SniProxy.Core.Tests.Http;

/// <summary>Drives a <see cref="RequestStream"/> as a relay does: judges each head by its host, forwards what it may, and notes what reached the server.</summary>
internal sealed class RequestConversation(Func<RequestHead, bool>? allows = null)
{
    private readonly RequestStream stream = new();
    private byte[] unread = [];

    /// <summary>The size of the segments in which the stream gets to see the bytes.</summary>
    public int SegmentBytes { get; init; } = int.MaxValue / 2;

    /// <summary>Everything that was forwarded.</summary>
    public string Forwarded { get; private set; } = "";

    /// <summary>The hosts that were asked about, in order.</summary>
    public List<string> Judged { get; } = [];

    public RequestStream Stream => stream;

    /// <summary>The client sends; what may pass is forwarded. Returns the step at which it came to rest, <see cref="RequestStep.Judge"/> for a denied head.</summary>
    public RequestStep Send(string text) => Send(Wire.Bytes(text));

    public RequestStep Send(byte[] bytes)
    {
        unread = [.. unread, .. bytes];
        return Run();
    }

    /// <summary>The same bytes one at a time.</summary>
    public RequestStep Trickle(string text)
    {
        var step = RequestStep.NeedMore;
        foreach (var value in Wire.Bytes(text))
        {
            step = Send([value]);
        }

        return step;
    }

    /// <summary>The server answers; what was held goes on.</summary>
    public RequestStep Answer(string text)
    {
        stream.Observe(Wire.Bytes(text));
        return Run();
    }

    public RequestStep Run()
    {
        while (true)
        {
            var step = stream.Advance(Wire.Cut(unread, SegmentBytes), out var count);
            if (step == RequestStep.Judge)
            {
                Judged.Add($"{stream.Head.Authority.Name}{stream.Head.Authority.Kind switch { AuthorityKind.Absent => "-", AuthorityKind.Address => stream.Head.Authority.Literal.ToString(), _ => "" }}");
                if (allows?.Invoke(stream.Head) == false)
                {
                    return step;
                }

                stream.Accept();
            }
            else if (step != RequestStep.Forward)
            {
                Assert.Equal(0, count);
                return step;
            }

            Forwarded += Wire.Text(unread.AsSpan(0, (int)count));
            unread = unread[(int)count..];
        }
    }
}
