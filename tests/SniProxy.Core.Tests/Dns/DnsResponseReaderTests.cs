using SniProxy.Core.Addresses;
using SniProxy.Core.Dns;
using static SniProxy.Core.Tests.Dns.Messages;

namespace SniProxy.Core.Tests.Dns;

public sealed class DnsResponseReaderTests
{
    private static readonly byte[] Asked = Query("api.example.com", DnsType.A);
    private static readonly byte[] Pointer = [0xc0, 0x0c];

    [Fact]
    public void ReadsAnswersWithTheirNamesUncompressed()
    {
        // The alias' target ends in a pointer to "example.com" in the question (12 + 4).
        var message = Response("API.example.com", DnsType.A, answers:
        [
            Record(Pointer, DnsType.Cname, [3, .. "cdn"u8, 0xc0, 16]),
            Record("cdn.example.com", DnsType.A, [192, 0, 2, 1], ttl: 60),
        ]);

        Assert.Equal(DnsResponseStatus.Complete, DnsResponseReader.Read(message, Asked, out var response));
        Assert.NotNull(response);
        Assert.Equal("cdn.example.com", response.Answers[0].Target?.ToString());
        Assert.True(response.Answers[1].TryGetAddress(out var address));
        Assert.Equal("192.0.2.1", address.ToString());
        Assert.Equal(60u, response.Answers[1].Ttl);
    }

    [Fact]
    public void IsMismatchedWhereIdQuestionOrKindDiffer()
    {
        byte[][] others =
        [
            Response("api.example.com", DnsType.A, id: 0x1235),
            Response("api.example.net", DnsType.A),
            Response("api.example.com", DnsType.Aaaa),
            Query("api.example.com", DnsType.A),
            [.. Header(0x1234, 0x8180, 0)],
            [.. Header(0x1234, 0x8180, 1), .. Question("api.example.com", DnsType.A, recordClass: 3)],
            [.. Header(0x1234, 0xa180, 1), .. Question("api.example.com", DnsType.A)],
            [],
        ];

        Assert.All(others, message => Assert.Equal(DnsResponseStatus.Mismatched, DnsResponseReader.Read(message, Asked, out _)));
    }

    [Fact]
    public void IsTruncatedWhereTheFlagSaysSo()
    {
        byte[] message = [.. Header(0x1234, 0x8380, 1, answers: 3), .. Question("api.example.com", DnsType.A)];

        Assert.Equal(DnsResponseStatus.Truncated, DnsResponseReader.Read(message, Asked, out _));
    }

    [Fact]
    public void IsMalformedWhenCutAnywhereInItsRecords()
    {
        var message = Response("api.example.com", DnsType.A, answers: [Record(Pointer, DnsType.A, [192, 0, 2, 1])], authorities: [Soa("example.com", 60, 60)]);
        for (var length = Asked.Length; length < message.Length; length++)
        {
            Assert.Equal(DnsResponseStatus.Malformed, DnsResponseReader.Read(message.AsSpan(0, length), Asked, out _));
        }
    }

    [Fact]
    public void IsMalformedWithPointersThatLoopOrLeadForward()
    {
        var here = (byte)Asked.Length;
        byte[][] owners = [[0xc0, here], [1, (byte)'a', 0xc0, here], [0xc0, (byte)(here + 2), 0], [0xc0, 0x00], [0xff, 0xff], [0x40], [0x80]];

        Assert.All(owners, owner => Assert.Equal(
            DnsResponseStatus.Malformed,
            DnsResponseReader.Read(Response("api.example.com", DnsType.A, answers: [Record(owner, DnsType.A, [1, 2, 3, 4])]), Asked, out _)));
    }

    // What they lead to could be read as a name.
    [Fact]
    public void IsMalformedWithPointersToWhatIsNoPriorName()
    {
        const int recordHead = 10;
        var ahead = Record([0xc0, (byte)(Asked.Length + 2 + recordHead)], DnsType.Txt, Name("api.example.com"));
        var intoHeader = Record([0xc0, 4], DnsType.Txt, []);
        foreach (var record in new[] { ahead, intoHeader })
        {
            Assert.Equal(DnsResponseStatus.Malformed, DnsResponseReader.Read(Response("api.example.com", DnsType.A, answers: [record]), Asked, out _));
        }
    }

    [Theory]
    [InlineData(126, DnsResponseStatus.Complete)]
    [InlineData(127, DnsResponseStatus.Malformed)]
    public void FollowsAsManyPointersAsANameMayHaveLabels(int pointers, DnsResponseStatus expected)
    {
        var start = Asked.Length + Pointer.Length + 10;
        var content = new List<byte> { 1, (byte)'a', 0 };
        for (var i = 0; i < pointers; i++)
        {
            content.AddRange(UInt16(0xc000 | (i == 0 ? start : start + 1 + (2 * i))));
        }

        var last = UInt16(0xc000 | (start + 1 + (2 * pointers)));
        var message = Response("api.example.com", DnsType.A, answers: [Record(Pointer, DnsType.Txt, [.. content]), Record(last, DnsType.A, [192, 0, 2, 1])]);

        Assert.Equal(expected, DnsResponseReader.Read(message, Asked, out _));
    }

    [Fact]
    public void PassesOverRecordsOfAnotherClass()
    {
        var message = Response("api.example.com", DnsType.A, answers: [Record(Pointer, DnsType.A, [192, 0, 2, 1], recordClass: 3)]);

        Assert.Equal(DnsResponseStatus.Complete, DnsResponseReader.Read(message, Asked, out var response));
        Assert.Empty(response?.Answers ?? throw new InvalidOperationException());
    }

    [Fact]
    public void IsMalformedWhereDataDoesNotFillItsField()
    {
        (DnsType Type, byte[] Content)[] wrong =
        [
            (DnsType.A, [1, 2, 3]),
            (DnsType.A, [1, 2, 3, 4, 5]),
            (DnsType.Aaaa, [1, 2, 3, 4]),
            (DnsType.Cname, [.. Name("b.example"), 0]),
            (DnsType.Cname, []),
            (DnsType.Mx, [0]),
            (DnsType.Soa, [.. Name("a"), .. Name("b"), .. new byte[19]]),
            (DnsType.Naptr, [0, 1, 0, 1, 9, 1]),
        ];

        Assert.All(wrong, record => Assert.Equal(
            DnsResponseStatus.Malformed,
            DnsResponseReader.Read(Response("api.example.com", DnsType.A, answers: [Record(Pointer, record.Type, record.Content)]), Asked, out _)));
    }

    [Fact]
    public void ReadsCompressedNamesInsideMxSoaSrvAndNaptr()
    {
        byte[] suffix = [0xc0, 16];
        var expanded = Name("example.com");
        (DnsType Type, byte[] Content, byte[] Expected)[] records =
        [
            (DnsType.Mx, [0, 10, .. suffix], [0, 10, .. expanded]),
            (DnsType.Srv, [0, 1, 0, 2, 0, 80, .. suffix], [0, 1, 0, 2, 0, 80, .. expanded]),
            (DnsType.Soa, [.. suffix, .. suffix, .. new byte[20]], [.. expanded, .. expanded, .. new byte[20]]),
            (DnsType.Naptr, [0, 1, 0, 2, 1, 65, 0, 2, 66, 67, .. suffix], [0, 1, 0, 2, 1, 65, 0, 2, 66, 67, .. expanded]),
            (DnsType.Txt, [3, 0xc0, 16, 1], [3, 0xc0, 16, 1]),
        ];

        Assert.All(records, record =>
        {
            var message = Response("api.example.com", DnsType.A, answers: [Record(Pointer, record.Type, record.Content)]);
            Assert.Equal(DnsResponseStatus.Complete, DnsResponseReader.Read(message, Asked, out var response));
            Assert.Equal(record.Expected, response?.Answers[0].Content.ToArray());
        });
    }

    [Fact]
    public void TakesTheSmallerOfTtlAndMinimumForANegativeAnswer()
    {
        DnsResponseReader.Read(Response("api.example.com", DnsType.A, rcode: 3, authorities: [Soa("example.com", 900, 30)]), Asked, out var response);

        Assert.Equal(DnsRcode.NxDomain, response?.Rcode);
        Assert.Equal(30u, response?.NegativeTtl);
    }

    [Fact]
    public void ReadsTtlsWithTheHighestBitAsZero()
    {
        var message = Response("api.example.com", DnsType.A, answers: [Record(Pointer, DnsType.A, [192, 0, 2, 1], ttl: 0x8000_0000)]);
        DnsResponseReader.Read(message, Asked, out var response);

        Assert.Equal(0u, response?.Answers[0].Ttl);
    }

    [Fact]
    public void BelievesNoMoreThanAThousandAnswers()
    {
        byte[] Many(int count) => Response("api.example.com", DnsType.A, answers: [.. Enumerable.Repeat(Record(Pointer, DnsType.A, [192, 0, 2, 1]), count)]);

        Assert.Equal(DnsResponseStatus.Complete, DnsResponseReader.Read(Many(1000), Asked, out _));
        Assert.Equal(DnsResponseStatus.Malformed, DnsResponseReader.Read(Many(1001), Asked, out _));
    }

    [Fact]
    public void JoinsTheUpperBitsOfTheResponseCodeOutOfOpt()
    {
        byte[] message = [.. Header(0x1234, 0x8180, 1, additionals: 1), .. Question("api.example.com", DnsType.A), .. Opt(upperRcode: 1)];
        DnsResponseReader.Read(message, Asked, out var response);

        Assert.Equal(DnsRcode.BadVers, response?.Rcode);
    }

    [Fact]
    public void WritesQueriesThatCarryNothingButNameAndType()
    {
        var buffer = new byte[UpstreamQuery.MaxLength];
        var length = UpstreamQuery.Write(buffer, 0xbeef, Host("Api.Example.com"), DnsType.Aaaa);

        byte[] expected = [.. Header(0xbeef, 0x0100, 1, additionals: 1), .. Question("api.example.com", DnsType.Aaaa), .. Opt()];
        Assert.Equal(expected, buffer[..length]);
    }

    [Fact]
    public void ReadsReverseNamesOfWholeAddressesOnly()
    {
        Assert.True(ReverseName.TryParse(Host("7.113.0.203.in-addr.arpa"), out var four));
        Assert.Equal("203.0.113.7", four.ToString());
        Assert.True(ReverseName.TryParse(Host("7.0.0.0." + string.Concat(Enumerable.Repeat("0.", 20)) + "8.b.d.0.1.0.0.2.ip6.arpa"), out var six));
        Assert.True(Address.TryParse("2001:db8::7", out var expected));
        Assert.Equal(expected, six);
        Assert.False(ReverseName.TryParse(Host("0.203.in-addr.arpa"), out _));
        Assert.False(ReverseName.TryParse(Host("8.b.d.0.1.0.0.2.ip6.arpa"), out _));
        Assert.False(ReverseName.TryParse(Host("example.com"), out _));
    }
}
