using SniProxy.Core.Http;

namespace SniProxy.Core.Tests.Http;

public sealed class RequestStreamTests
{
    private const string A = "GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n";
    private const string B = "GET /b HTTP/1.1\r\nHost: b.example\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    private const string WebSocket = "GET /ws HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    private const string Switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    private const string Upload = "PUT /u HTTP/1.1\r\nHost: a.example\r\nContent-Length: 36\r\nExpect: 100-continue\r\n\r\n";

    public static TheoryData<string> Bodies =>
    [
        "",
        "Content-Length: 0\r\n\r\n",
        "Content-Length: 5\r\n\r\nhello",
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5;name=\"v; w\"\r\nhello\r\n00000001\r\n!\r\n0\r\nDigest: x\r\nX-Long-Trailer-Name-Beyond-Any: y\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nB\r\nGET / HTTP/\r\n0\r\n\r\n",
    ];

    [Theory]
    [MemberData(nameof(Bodies))]
    public void ForwardsEveryRequestAfterItWasJudged(string body)
    {
        var first = "POST / HTTP/1.1\r\nHost: a.example\r\n" + (body.Length == 0 ? "\r\n" : body);
        foreach (var trickle in (bool[])[false, true])
        {
            var conversation = new RequestConversation();
            var step = trickle ? conversation.Trickle(first + B) : conversation.Send(first + B);
            Assert.Equal(RequestStep.NeedMore, step);
            Assert.Equal(["a.example", "b.example"], conversation.Judged);
            Assert.Equal(first + B, conversation.Forwarded);
        }
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public void ForwardsNoByteOfADeniedRequest(string body)
    {
        var first = "POST / HTTP/1.1\r\nHost: a.example\r\n" + (body.Length == 0 ? "\r\n" : body);
        foreach (var trickle in (bool[])[false, true])
        {
            var conversation = new RequestConversation(head => head.Authority.Name?.Value == "a.example");
            Assert.Equal(RequestStep.Judge, trickle ? conversation.Trickle(first + B) : conversation.Send(first + B));
            Assert.Equal("b.example", conversation.Judged[^1]);
            Assert.Equal(first, conversation.Forwarded);
        }
    }

    [Fact]
    public void GivesTheSameAnswerAtEveryCut()
    {
        var wire = "POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\nT: u\r\n\r\n" + A + B;
        for (var cut = 0; cut <= wire.Length; cut++)
        {
            var conversation = new RequestConversation(head => head.Authority.Name?.Value == "a.example") { SegmentBytes = cut % 9 + 1 };
            conversation.Send(wire[..cut]);
            Assert.Equal(RequestStep.Judge, conversation.Send(wire[cut..]));
            Assert.Equal(wire[..^B.Length], conversation.Forwarded);
        }
    }

    [Fact]
    public void JudgesALaterAbsoluteTargetToo()
    {
        var conversation = new RequestConversation(head => head.Authority.Name?.Value == "a.example");
        Assert.Equal(RequestStep.Judge, conversation.Send(A + "GET http://b.example/ HTTP/1.1\r\nHost: b.example\r\n\r\n"));
        Assert.Equal(["a.example", "b.example"], conversation.Judged);
        Assert.Equal(A, conversation.Forwarded);
    }

    [Fact]
    public void HandsAHeadOutUntilItIsAccepted()
    {
        var stream = new RequestStream();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(RequestStep.Judge, stream.Advance(Wire.Whole(A + B), out var count));
            Assert.Equal(A.Length, count);
            Assert.Equal("a.example", stream.Head.Authority.Name?.Value);
        }

        stream.Accept();
        Assert.Equal("a.example", stream.Head.Authority.Name?.Value);
        Assert.Equal(RequestStep.Judge, stream.Advance(Wire.Whole(B), out _));
        Assert.Equal("b.example", stream.Head.Authority.Name?.Value);
    }

    [Fact]
    public void ForwardsBodiesAsTheyCome()
    {
        var conversation = new RequestConversation();
        conversation.Send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1000000000000\r\n\r\nab");
        Assert.EndsWith("\r\n\r\nab", conversation.Forwarded, StringComparison.Ordinal);
        conversation.Send("c");
        Assert.EndsWith("abc", conversation.Forwarded, StringComparison.Ordinal);
    }

    [Fact]
    public void ForwardsNothingBehindTheLastRequest()
    {
        var conversation = new RequestConversation();
        var last = "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n";
        Assert.Equal(RequestStep.Finish, conversation.Send(last + B));
        Assert.Equal(last, conversation.Forwarded);
        Assert.Equal(["a.example"], conversation.Judged);
    }

    [Theory]
    [InlineData("CONNECT b.example:443 HTTP/1.1\r\nHost: b.example:443\r\n\r\n", RequestFault.NestedConnect)]
    [InlineData("GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n", RequestFault.UpgradeForbidden)]
    [InlineData("GET / HTTP/1.1\r\nHost: a.example\r\nUpgrade: TLS/1.2\r\n\r\n", RequestFault.UpgradeForbidden)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", RequestFault.Http2Preface)]
    [InlineData("PUT / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1\r\nExpect: 100-continue\r\nUpgrade: websocket\r\n\r\n", RequestFault.Expectation)]
    public void RefusesWhatNoOriginServerMayBeAsked(string wire, RequestFault fault)
    {
        var conversation = new RequestConversation();
        Assert.Equal(RequestStep.Refuse, conversation.Send(wire));
        Assert.Equal(fault, conversation.Stream.Fault);
        Assert.Equal("", conversation.Forwarded);
        Assert.Equal(RequestStep.Refuse, conversation.Send(A));
    }

    [Fact]
    public void HoldsWhatFollowsAnUpgradeUntilTheServerSwitched()
    {
        var conversation = new RequestConversation();
        Assert.Equal(RequestStep.Hold, conversation.Send(WebSocket + "frames"));
        Assert.Equal(WebSocket, conversation.Forwarded);
        Assert.Equal(RequestStep.Hold, conversation.Answer(Switching[..20]));
        conversation.Answer(Switching[20..] + "\x81\x02hi");
        Assert.True(conversation.Stream.IsOpaque);
        conversation.Send("\n\0anything");
        Assert.Equal(WebSocket + "frames\n\0anything", conversation.Forwarded);
    }

    [Fact]
    public void ReadsTheNextRequestWhenTheServerDidNotSwitch()
    {
        var conversation = new RequestConversation(head => head.Authority.Name?.Value == "a.example");
        Assert.Equal(RequestStep.Hold, conversation.Send(WebSocket + B));
        Assert.Equal(RequestStep.Judge, conversation.Answer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
        Assert.Equal(WebSocket, conversation.Forwarded);
        Assert.Equal("b.example", conversation.Judged[^1]);
    }

    [Fact]
    public void WaitsThroughInterimResponses()
    {
        var conversation = new RequestConversation();
        conversation.Send(WebSocket + "x");
        Assert.Equal(RequestStep.Hold, conversation.Answer("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"));
        conversation.Answer(Switching);
        Assert.Equal(WebSocket + "x", conversation.Forwarded);
    }

    [Fact]
    public void UpgradesALaterRequestWhenAllEarlierOnesAreAnswered()
    {
        var conversation = new RequestConversation();
        conversation.Send(A);
        conversation.Answer(Ok);
        Assert.True(conversation.Stream.IsAnswered);
        Assert.Equal(RequestStep.Hold, conversation.Send(WebSocket));
        conversation.Answer(Switching);
        Assert.True(conversation.Stream.IsOpaque);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 0\n\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\n\r\n")]
    [InlineData("ICY 200 OK\r\n\r\n")]
    public void RefusesAnUpgradeWhileAnEarlierAnswerIsOpenOrUnclear(string answer)
    {
        var conversation = new RequestConversation();
        conversation.Send(A);
        conversation.Answer(answer);
        Assert.Equal(RequestStep.Refuse, conversation.Send(WebSocket));
        Assert.Equal(RequestFault.UpgradePipelined, conversation.Stream.Fault);
        Assert.Equal(A, conversation.Forwarded);
    }

    [Fact]
    public void DistrustsAServerThatAnsweredUnasked()
    {
        var conversation = new RequestConversation();
        conversation.Send(A);
        conversation.Answer(Ok + "HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n");
        conversation.Send(A);
        Assert.False(conversation.Stream.IsAnswered);
        Assert.Equal(RequestStep.Refuse, conversation.Send(WebSocket));
    }

    [Fact]
    public void StaysClosedWhenTheServerSwitchesUnasked()
    {
        var conversation = new RequestConversation(head => head.Authority.Name?.Value == "a.example");
        conversation.Send(A);
        conversation.Answer(Switching);
        Assert.Equal(RequestStep.Judge, conversation.Send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 2\r\n\r\nhi" + B));
        Assert.Equal("b.example", conversation.Judged[^1]);
        Assert.False(conversation.Stream.IsOpaque);
    }

    [Fact]
    public void RefusesAnUpgradeWhenTheServerIsNotObserved()
    {
        var conversation = new RequestConversation();
        conversation.Stream.StopObserving();
        conversation.Send(A);
        Assert.Equal(RequestStep.Refuse, conversation.Send(WebSocket));
    }

    [Fact]
    public void ClosesWhenTheAnswerToAnUpgradeCannotBeRead()
    {
        var conversation = new RequestConversation();
        conversation.Send(WebSocket + "x");
        Assert.Equal(RequestStep.Finish, conversation.Answer("HTTP/1.1 101 Switching Protocols\n\n"));
        Assert.Equal(WebSocket, conversation.Forwarded);
    }

    [Fact]
    public void HoldsAnUpgradeBehindItsOwnBody()
    {
        var head = "POST /exec HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 2\r\n\r\n";
        var conversation = new RequestConversation();
        Assert.Equal(RequestStep.Hold, conversation.Send(head + "{}" + "stdin"));
        Assert.Equal(head + "{}", conversation.Forwarded);
        conversation.Answer("HTTP/1.1 101 UPGRADED\r\n\r\n");
        Assert.Equal(head + "{}stdin", conversation.Forwarded);
    }

    [Fact]
    public void SendsAnAnnouncedBodyAfter100()
    {
        var conversation = new RequestConversation(head => head.Authority.Name?.Value == "a.example");
        Assert.Equal(RequestStep.Hold, conversation.Send(Upload + B));
        Assert.True(conversation.Stream.AwaitsContinue);
        Assert.Equal(Upload, conversation.Forwarded);
        Assert.Equal(RequestStep.NeedMore, conversation.Answer("HTTP/1.1 100 Continue\r\n\r\n"));
        Assert.Equal(Upload + B, conversation.Forwarded);
        Assert.Equal(["a.example"], conversation.Judged);
        Assert.Equal(36, B.Length);
    }

    [Fact]
    public void DropsAnAnnouncedBodyAfterAFinalStatus()
    {
        var conversation = new RequestConversation();
        conversation.Send(Upload + B);
        Assert.Equal(RequestStep.Finish, conversation.Answer("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"));
        Assert.Equal(Upload, conversation.Forwarded);
    }

    [Fact]
    public void DropsAnAnnouncedBodyWhenTheAnswerCannotBeRead()
    {
        var conversation = new RequestConversation();
        conversation.Send(Upload + B);
        Assert.Equal(RequestStep.Finish, conversation.Answer("HTTP/1.1 401 Unauthorized\n\n"));
        conversation.Stream.StopWaiting();
        Assert.Equal(RequestStep.Finish, conversation.Run());
        Assert.Equal(Upload, conversation.Forwarded);
    }

    [Fact]
    public void SendsAnAnnouncedBodyWhenTheServerStaysSilent()
    {
        var conversation = new RequestConversation();
        conversation.Send(Upload + B);
        conversation.Stream.StopWaiting();
        conversation.Run();
        Assert.Equal(Upload + B, conversation.Forwarded);
    }

    [Fact]
    public void TakesNo100OfAnEarlierRequestForTheBody()
    {
        var conversation = new RequestConversation();
        conversation.Send(A);
        Assert.Equal(RequestStep.Hold, conversation.Send(Upload + B));
        Assert.Equal(RequestStep.Hold, conversation.Answer("HTTP/1.1 100 Continue\r\n\r\n"));
        Assert.Equal(RequestStep.Hold, conversation.Answer(Ok));
        Assert.Equal(RequestStep.NeedMore, conversation.Answer("HTTP/1.1 100 Continue\r\n\r\n"));
        Assert.EndsWith(Upload + B, conversation.Forwarded, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData("GET", "HTTP/1.0 304 Not Modified\r\nContent-Length: 1000\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 200\r\nContent-Length: 3\r\n\r\nabc")]
    [InlineData("GET", "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: x\r\n\r\n")]
    public void KnowsWhenAResponseIsOver(string method, string response)
    {
        foreach (var size in (int[])[1, 5, 1000])
        {
            var conversation = new RequestConversation();
            conversation.Send($"{method} / HTTP/1.1\r\nHost: a.example\r\n\r\n");
            for (var at = 0; at < response.Length; at += size)
            {
                Assert.False(conversation.Stream.IsAnswered);
                conversation.Answer(response[at..Math.Min(response.Length, at + size)]);
            }

            Assert.True(conversation.Stream.IsAnswered);
        }
    }

    [Fact]
    public void FollowsResponsesWithLongFields()
    {
        var conversation = new RequestConversation();
        conversation.Send(A);
        var response = $"HTTP/1.1 200 OK\r\nSet-Cookie: {new string('c', 5000)}\r\nContent-Length: 3\r\n\r\nabc";
        foreach (var value in response)
        {
            conversation.Answer(value.ToString());
        }

        Assert.True(conversation.Stream.IsAnswered);
    }

    [Fact]
    public void FollowsPipelinedResponsesInOrder()
    {
        var conversation = new RequestConversation();
        conversation.Send("HEAD / HTTP/1.1\r\nHost: a.example\r\n\r\n" + A + "HEAD / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        conversation.Answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + Ok);
        Assert.False(conversation.Stream.IsAnswered);
        conversation.Answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
        Assert.True(conversation.Stream.IsAnswered);
    }

    [Fact]
    public void AnswersNothingForCertainBeyondManyOutstandingRequests()
    {
        var conversation = new RequestConversation();
        for (var i = 0; i < 65; i++)
        {
            Assert.Equal(RequestStep.NeedMore, conversation.Send(A));
        }

        conversation.Answer(string.Concat(Enumerable.Repeat(Ok, 65)));
        Assert.False(conversation.Stream.IsAnswered);
    }

    [Fact]
    public void IgnoresAcceptBeforeAHeadIsThere()
    {
        var stream = new RequestStream();
        stream.Accept();
        Assert.Equal(RequestStep.NeedMore, stream.Advance(Wire.Whole("GET"), out _));
    }
}
