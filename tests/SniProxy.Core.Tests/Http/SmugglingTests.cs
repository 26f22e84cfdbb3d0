using SniProxy.Core.Http;

namespace SniProxy.Core.Tests.Http;

/// <summary>
/// Beginnings that made two programs disagree about where a request ends. Each is followed by a request to another host; it must
/// either be refused with nothing of it forwarded, or the second request must be seen.
/// </summary>
public sealed class SmugglingTests
{
    private const string Hidden = "GET /hidden HTTP/1.1\r\nHost: evil.example\r\n\r\n";

    public static TheoryData<string, string, RequestFault> Refused => new()
    {
        { "CL.TE", Post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\nG", RequestFault.BothLengths },
        { "TE.CL", Post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n") + "5c\r\n", RequestFault.BothLengths },
        { "TE.TE second is foreign", Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n") + "0\r\n\r\n", RequestFault.TransferEncoding },
        { "TE with a space before the colon", Post("Content-Length: 5\r\nTransfer-Encoding : chunked\r\n") + "0\r\n\r\n", RequestFault.FieldName },
        { "TE with a tab in front", Post("Content-Length: 5\r\n\tTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", RequestFault.Folding },
        { "TE with a vertical tab", Post("Transfer-Encoding:\vchunked\r\n") + "0\r\n\r\n", RequestFault.ControlByte },
        { "TE behind a bare LF", Post("X: x\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", RequestFault.BareLineFeed },
        { "TE behind a bare CR", Post("X: x\rTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", RequestFault.BareCarriageReturn },
        { "TE with a quoted name", Post("Transfer-Encoding: \"chunked\"\r\n") + "0\r\n\r\n", RequestFault.TransferEncoding },
        { "TE with a leading comma", Post("Transfer-Encoding: ,chunked\r\n") + "0\r\n\r\n", RequestFault.TransferEncoding },
        { "TE with byte 0xff behind", Post("Transfer-Encoding: chunked\u00ff\r\n") + "0\r\n\r\n", RequestFault.TransferEncoding },
        { "TE folded", Post("Transfer-Encoding:\r\n chunked\r\n") + "0\r\n\r\n", RequestFault.TransferEncoding },
        { "TE in 1.0", "POST / HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", RequestFault.TransferEncoding },
        { "CL twice", Post("Content-Length: 0\r\nContent-Length: 44\r\n"), RequestFault.ContentLength },
        { "CL with a sign", Post("Content-Length: +0\r\n"), RequestFault.ContentLength },
        { "CL with a space before the colon", Post("Content-Length : 44\r\n"), RequestFault.FieldName },
        { "CL with a space inside", Post("Content-Length: 4 4\r\n"), RequestFault.ContentLength },
        { "CL dropped by Connection", Post("Content-Length: 44\r\nConnection: content-length\r\n"), RequestFault.ConnectionOption },
        { "Host dropped by Connection", Post("Connection: x, Host\r\n"), RequestFault.ConnectionOption },
        { "chunk line ends in LF", Chunked("5\nhello\r\n0\r\n\r\n"), RequestFault.Chunk },
        { "chunk extension ends in LF", Chunked("5;\nxx\r\nhello\r\n0\r\n\r\n"), RequestFault.Chunk },
        { "chunk extension with a bare CR", Chunked("5;a\rb\r\nhello\r\n0\r\n\r\n"), RequestFault.Chunk },
        { "chunk extension too long", Chunked($"5;{new string('x', 300)}\r\nhello\r\n0\r\n\r\n"), RequestFault.Chunk },
        { "chunk size with 0x", Chunked("0x5\r\nhello\r\n0\r\n\r\n"), RequestFault.Chunk },
        { "chunk size with a sign", Chunked("+5\r\nhello\r\n0\r\n\r\n"), RequestFault.Chunk },
        { "chunk size with a space", Chunked("5 \r\nhello\r\n0\r\n\r\n"), RequestFault.Chunk },
        { "chunk size with an underscore", Chunked("0_5\r\nhello\r\n0\r\n\r\n"), RequestFault.Chunk },
        { "chunk size empty", Chunked("\r\nhello\r\n0\r\n\r\n"), RequestFault.Chunk },
        { "chunk size beyond 32 bits", Chunked("100000005\r\nhello\r\n0\r\n\r\n"), RequestFault.Chunk },
        { "chunk size beyond 64 bits", Chunked("10000000000000005\r\nhello\r\n0\r\n\r\n"), RequestFault.Chunk },
        { "chunk longer than its size", Chunked("5\r\nhello!\r\n0\r\n\r\n"), RequestFault.Chunk },
        { "chunk ends in LF", Chunked("5\r\nhello\n0\r\n\r\n"), RequestFault.Chunk },
        { "chunk ends in two other bytes", Chunked("5\r\nhelloXX0\r\n\r\n"), RequestFault.Chunk },
        { "chunk ends in CR and another byte", Chunked("5\r\nhello\rX0\r\n\r\n"), RequestFault.Chunk },
        { "chunk size ends in CR and another byte", Chunked("5\rXhello\r\n0\r\n\r\n"), RequestFault.Chunk },
        { "last chunk ends in LF", Chunked("0\r\n\n"), RequestFault.Trailer },
        { "trailer Host", Chunked("0\r\nhost: evil.example\r\n\r\n"), RequestFault.Trailer },
        { "trailer Content-Length", Chunked("0\r\nContent-Length: 5\r\n\r\n"), RequestFault.Trailer },
        { "trailer Transfer-Encoding", Chunked("0\r\nTRANSFER-ENCODING: x\r\n\r\n"), RequestFault.Trailer },
        { "trailer Proxy-Authorization", Chunked("0\r\nProxy-Authorization: x\r\n\r\n"), RequestFault.Trailer },
        { "trailer without colon", Chunked("0\r\nGET / HTTP/1.1\r\n\r\n"), RequestFault.Trailer },
        { "trailer without name", Chunked("0\r\n: x\r\n\r\n"), RequestFault.Trailer },
        { "trailer folded", Chunked("0\r\nA: x\r\n y\r\n\r\n"), RequestFault.Trailer },
        { "trailer with NUL", Chunked("0\r\nA: \0\r\n\r\n"), RequestFault.Trailer },
        { "trailer too long", Chunked($"0\r\nA: {new string('x', 9000)}\r\n\r\n"), RequestFault.Trailer },
    };

    public static TheoryData<string, string> Seen => new()
    {
        { "body of GET", "GET / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello" },
        { "body of DELETE", "DELETE / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello" },
        { "length is short", Post("Content-Length: 0\r\n") },
        { "no length", Post("") },
        { "field that only looks like a length", Post("Content_Length: 44\r\nTransfer_Encoding: chunked\r\nX-Transfer-Encoding: chunked\r\n") },
        { "length in upper case", Post("CONTENT-LENGTH: 5\r\n") + "hello" },
        { "size with leading zeros", Chunked("00000005\r\nhello\r\n0\r\n\r\n") },
        { "size in upper case", Chunked("A\r\n0123456789\r\n0\r\n\r\n") },
        { "size in lower case", Chunked("a\r\n0123456789\r\n0\r\n\r\n") },
        { "last chunk in eight zeros", Chunked("00000000\r\n\r\n") },
        { "extension on the last chunk", Chunked("0;x=y\r\n\r\n") },
        { "empty line between requests", Post("Content-Length: 5\r\n") + "hello" + "\r\n" },
        { "HTTP/1.0 kept alive", "GET / HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\n\r\n" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void RefusesWhatCouldHideARequest(string name, string first, RequestFault fault)
    {
        foreach (var cut in Cuts(first))
        {
            var conversation = new RequestConversation();
            conversation.Send(first[..cut]);
            Assert.True(conversation.Send(first[cut..] + Hidden) == RequestStep.Refuse, name);
            Assert.Equal(fault, conversation.Stream.Fault);
            Assert.DoesNotContain("evil.example", conversation.Judged);
            Assert.DoesNotContain("hidden", conversation.Forwarded, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Seen))]
    public void SeesTheSecondRequest(string name, string first)
    {
        foreach (var cut in Cuts(first))
        {
            var conversation = new RequestConversation(head => head.Authority.Name?.Value == "a.example");
            conversation.Send(first[..cut]);
            Assert.True(conversation.Send(first[cut..] + Hidden) == RequestStep.Judge, name);
            Assert.Equal(["a.example", "evil.example"], conversation.Judged);
            Assert.Equal(first.EndsWith("hello\r\n", StringComparison.Ordinal) ? first[..^2] : first, conversation.Forwarded);
        }
    }

    private static IEnumerable<int> Cuts(string text) => text.Length < 400 ? Enumerable.Range(0, text.Length + 1) : [0, text.Length / 2, text.Length];

    private static string Post(string fields) => $"POST / HTTP/1.1\r\nHost: a.example\r\n{fields}\r\n";

    private static string Chunked(string body) => Post("Transfer-Encoding: chunked\r\n") + body;
}
