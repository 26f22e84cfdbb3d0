using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using SniProxy.Core.Addresses;
using SniProxy.Core.Http;
using SniProxy.Core.Names;
using SniProxy.Core.Wire;

namespace SniProxy.Core.Tests.Http;

public sealed class RequestHeadReaderTests
{
    public static TheoryData<string> AllSamples => HeadSamples.Names(HeadSamples.All);

    public static TheoryData<string> SoundSamples => HeadSamples.Names(HeadSamples.Sound);

    [Theory]
    [MemberData(nameof(AllSamples))]
    public void AnswersAsTheCaseDemands(string name)
    {
        var (_, wire, answer) = HeadSamples.Named(name);
        var reader = new RequestHeadReader();
        reader.Read(Wire.Whole(wire));
        Assert.Equal(answer, Describe(reader));
    }

    [Theory]
    [MemberData(nameof(AllSamples))]
    public void AnswersTheSameHoweverTheBytesAreCut(string name)
    {
        var (_, wire, answer) = HeadSamples.Named(name);
        var bytes = Wire.Bytes(wire);
        foreach (var size in (int[])[1, 2, 3, 7, 64, 4096])
        {
            var reader = new RequestHeadReader();
            reader.Read(Wire.Cut(bytes, size));
            Assert.Equal(answer, Describe(reader));
        }
    }

    [Theory]
    [MemberData(nameof(AllSamples))]
    public void AnswersTheSameWhereverTheBytesArrive(string name)
    {
        var (_, wire, answer) = HeadSamples.Named(name);
        var bytes = Wire.Bytes(wire);
        var step = Math.Max(1, bytes.Length / 300);
        for (var cut = 0; cut <= bytes.Length; cut += step)
        {
            var reader = new RequestHeadReader();
            reader.Read(new ReadOnlySequence<byte>(bytes, 0, cut));
            reader.Read(new ReadOnlySequence<byte>(bytes));
            Assert.Equal(answer, Describe(reader));
        }

        var slow = new RequestHeadReader();
        for (var length = 0; length <= bytes.Length; length++)
        {
            slow.Read(new ReadOnlySequence<byte>(bytes, 0, length));
        }

        Assert.Equal(answer, Describe(slow));
    }

    [Theory]
    [MemberData(nameof(SoundSamples))]
    public void FindsEveryStrictPrefixOfASoundHeadIncomplete(string name)
    {
        var bytes = Wire.Bytes(HeadSamples.Named(name).Wire);
        var whole = new RequestHeadReader();
        whole.Read(new ReadOnlySequence<byte>(bytes));
        var step = Math.Max(1, bytes.Length / 500);
        for (var length = 0; length < whole.Head.Length; length += length < whole.Head.Length - 100 ? step : 1)
        {
            Assert.Equal(ReadStatus.Incomplete, new RequestHeadReader().Read(new ReadOnlySequence<byte>(bytes, 0, length)));
        }

        Assert.Equal(ReadStatus.Complete, new RequestHeadReader().Read(new ReadOnlySequence<byte>(bytes, 0, whole.Head.Length)));
    }

    [Fact]
    public void SaysWhatTheHeadSays()
    {
        const string Wire = "\r\nPUT http://a.example:8080/x?y HTTP/1.1\r\nHost: a.example:8080\r\nProxy-Authorization:  Basic YTpi \r\n" +
            "Expect: 100-Continue\r\nContent-Length: 12345678901\r\nConnection: Close\r\nAccept: application/json\r\n\r\nbody";
        var head = Complete(Wire);
        Assert.Equal(Wire.Length - 4, head.Length);
        Assert.Equal(RequestMethod.Put, head.Method);
        Assert.Equal(TargetForm.Absolute, head.Form);
        Assert.Equal(1, head.MinorVersion);
        Assert.Equal("http://a.example:8080/x?y", Text(head.Target, Wire));
        Assert.Equal("a.example:8080", Text(head.TargetAuthority, Wire));
        Assert.True(head.HasProxyCredentials);
        Assert.Equal("Basic YTpi", Text(head.ProxyCredentials, Wire));
        Assert.Equal(BodyFraming.Length, head.Framing);
        Assert.Equal(12345678901, head.ContentLength);
        Assert.True(head.ExpectsContinue);
        Assert.True(head.IsLast);
        Assert.True(head.PrefersJson);
    }

    [Theory]
    [InlineData("HTTP/1.1", "", false)]
    [InlineData("HTTP/1.1", "Connection: keep-alive\r\n", false)]
    [InlineData("HTTP/1.1", "Connection: x, ,close\r\n", true)]
    [InlineData("HTTP/1.1", "Connection: keep-alive\r\nConnection: close\r\n", true)]
    [InlineData("HTTP/1.0", "", true)]
    [InlineData("HTTP/1.0", "Connection: Keep-Alive\r\n", false)]
    [InlineData("HTTP/1.0", "Connection: keep-alive, close\r\n", true)]
    public void KnowsTheLastRequest(string version, string fields, bool isLast) =>
        Assert.Equal(isLast, Complete($"GET / {version}\r\nHost: a.example\r\n{fields}\r\n").IsLast);

    [Theory]
    [InlineData("", false)]
    [InlineData("Accept: */*\r\n", false)]
    [InlineData("Accept: application/json\r\n", true)]
    [InlineData("Accept: application/problem+json, */*;q=0.1\r\n", true)]
    [InlineData("Accept: application/json;q=0\r\n", false)]
    [InlineData("Accept: text/html, application/json;q=0.9\r\n", false)]
    [InlineData("Accept: text/plain;q=0.5, application/json;q=0.75\r\n", true)]
    [InlineData("Accept: application/json, text/plain, */*\r\n", true)]
    [InlineData("Accept: text/html\r\nAccept: application/json\r\n", true)]
    public void KnowsWhoPrefersJson(string field, bool prefersJson) =>
        Assert.Equal(prefersJson, Complete($"GET / HTTP/1.1\r\nHost: a.example\r\n{field}\r\n").PrefersJson);

    [Fact]
    public void ForgetsARequestWhenReset()
    {
        var reader = new RequestHeadReader();
        reader.Read(Wire.Whole("POST http://a.example/ HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\nUpgrade: h2c\r\nConnection: close\r\nProxy-Authorization: x\r\n\r\n"));
        reader.Reset();
        Assert.Equal(RequestFault.Unread, reader.Fault);
        Assert.Equal(AuthorityKind.Malformed, reader.Head.Authority.Kind);
        Assert.Equal(ReadStatus.Complete, reader.Read(Wire.Whole("GET / HTTP/1.1\r\nHost: b.example\r\n\r\n")));
        Assert.Equal("name b.example", Describe(reader));
        Assert.Equal(BodyFraming.None, reader.Head.Framing);
        Assert.False(reader.Head.IsLast);
        Assert.False(reader.Head.HasProxyCredentials);
        Assert.Equal(TargetForm.Origin, reader.Head.Form);
    }

    [Fact]
    public void RefusesBeforeAnythingWasRead()
    {
        Assert.Equal(RequestFault.Unread, new RequestHeadReader().Fault);
        Assert.Equal(UpgradeKind.Forbidden, default);
        Assert.Equal(BodyFraming.Unknown, new RequestHeadReader().Head.Framing);
        Assert.Equal(AuthorityKind.Malformed, default(Authority).Kind);
    }

    [Fact]
    public void KeepsAnAnswerUntilReset()
    {
        var reader = new RequestHeadReader();
        Assert.Equal(ReadStatus.Malformed, reader.Read(Wire.Whole("GET /\n")));
        Assert.Equal(ReadStatus.Malformed, reader.Read(Wire.Whole("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")));
    }

    [Fact]
    public void AllocatesTheNameOnly()
    {
        var reader = new RequestHeadReader();
        var wire = Wire.Whole("POST /path HTTP/1.1\r\nHost: a.example\r\nAccept: */*\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n");
        var ofName = AllocatedBy(() => HostName.TryParse("a.example"u8, out _));
        var ofHead = AllocatedBy(() =>
        {
            reader.Read(wire);
            reader.Reset();
        });
        Assert.Equal(ofName, ofHead);

        static long AllocatedBy(Action action)
        {
            for (var i = 0; i < 100; i++)
            {
                action();
            }

            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                action();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    /// <summary>Linear work, shown without a clock: what was looked at turns into bytes that a second look would refuse.</summary>
    [Fact]
    public void LooksForLineEndsInNoByteTwice()
    {
        const string Start = "GET / HTTP/1.1\r\nHost: a.example\r\nX:";
        var head = Wire.Bytes($"{Start}{new string('x', 32 * 1024 - Start.Length - 4)}\r\n\r\n");
        Assert.Equal(32 * 1024, head.Length);
        var reader = new RequestHeadReader();
        for (var length = 1; length <= head.Length; length++)
        {
            reader.Read(new ReadOnlySequence<byte>(head, 0, length));
            if (length > Start.Length && head[length - 1] == 'x')
            {
                head[length - 1] = 0;
            }
        }

        Assert.Equal("name a.example", Describe(reader));
    }

    [Fact]
    public void ReadsByteByByteWithoutDelay()
    {
        var head = Wire.Bytes($"GET / HTTP/1.1\r\nHost: a.example\r\n{string.Concat(Enumerable.Repeat($"X: {new string('x', 327)}\r\n", 98))}\r\n");
        var reader = new RequestHeadReader();
        var start = Stopwatch.GetTimestamp();
        for (var length = 1; length <= head.Length; length++)
        {
            reader.Read(new ReadOnlySequence<byte>(head, 0, length));
        }

        // Milliseconds, if each byte is looked at once; looking at all of them each time would be half a thousand million looks.
        Assert.Equal(RequestFault.None, reader.Fault);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void HasWordsForEveryFault()
    {
        var words = Enum.GetValues<RequestFault>().Select(fault => fault.Describe()).ToArray();
        Assert.Equal(words.Length, words.Distinct().Count());
    }

    private static RequestHead Complete(string wire)
    {
        var reader = new RequestHeadReader();
        Assert.Equal(ReadStatus.Complete, reader.Read(Tests.Http.Wire.Whole(wire)));
        return reader.Head;
    }

    private static string Text(HeadRange range, string wire) => Tests.Http.Wire.Text(range.Of(Tests.Http.Wire.Bytes(wire)));

    // The answer in the words of the samples.
    private static string Describe(RequestHeadReader reader)
    {
        var status = reader.Read(ReadOnlySequence<byte>.Empty);
        var authority = reader.Head.Authority;
        var port = authority.Port is { } number ? string.Create(CultureInfo.InvariantCulture, $":{number}") : "";
        var where = authority.Kind switch
        {
            AuthorityKind.Name => $"name {authority.Name}{port}",
            AuthorityKind.Address when authority.Port is { } literalPort => $"address {new Endpoint(authority.Literal, literalPort)}",
            AuthorityKind.Address => $"address {authority.Literal}",
            AuthorityKind.Absent => "absent",
            _ => "malformed authority",
        };
        return status switch
        {
            ReadStatus.Complete => reader.Head.Upgrade == UpgradeKind.None ? where : $"{where}, {reader.Head.Upgrade}",
            ReadStatus.Malformed => $"malformed {reader.Fault}",
            ReadStatus.TooLarge => $"too large {reader.Fault}",
            ReadStatus.OtherProtocol => $"other {reader.Fault}",
            _ => "incomplete",
        };
    }
}
