using SniProxy.Core.Dns;
using static SniProxy.Core.Tests.Dns.Messages;

namespace SniProxy.Core.Tests.Dns;

public sealed class DnsReplyWriterTests
{
    [Fact]
    public void EchoesTheQuestionInTheClientsLetterCase()
    {
        var asked = Query("aPi.ExAmple.COM", DnsType.A);
        var written = Write(asked, new DnsReply { Rcode = DnsRcode.NxDomain, NegativeTtl = 5 });

        Assert.Equal(asked[12..], written[12..asked.Length]);
        Assert.Equal(Header(0x1234, 0x8183, 1, authorities: 1), written[..12]);
    }

    [Fact]
    public void WritesRecordsThatOurOwnReaderReadsBack()
    {
        var asked = Query("a.example", DnsType.A);
        DnsRecord[] records =
        [
            Parsed("a.example", DnsType.Cname, Name("b.test"), 30),
            Parsed("b.test", DnsType.Cname, Name("c.test"), 30),
            Parsed("c.test", DnsType.A, [192, 0, 2, 1], 30),
            Parsed("c.test", DnsType.A, [192, 0, 2, 2], 30),
        ];
        var written = Write(asked, new DnsReply { Answers = records });

        Assert.Equal(DnsResponseStatus.Complete, DnsResponseReader.Read(written, asked, out var response));
        Assert.NotNull(response);
        Assert.Equal(records.Select(record => (record.Owner, record.Type)), response.Answers.Select(record => (record.Owner, record.Type)));
        Assert.Equal(ChainStatus.Complete, AnswerChain.Follow(Host("a.example"), DnsType.A, response.Answers, out var chain));
        Assert.Equal(4, chain?.Records.Count);
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(30, 0, 30)]
    [InlineData(30, 10, 20)]
    [InlineData(30, 40, 1)]
    [InlineData(86400, 0, 60)]
    [InlineData(86400, 100, 60)]
    public void ClampsLifetimesToASecondAndAMinute(uint ttl, uint age, uint expected)
    {
        var asked = Query("a.example", DnsType.A);
        var written = Write(asked, new DnsReply { Answers = [Parsed("a.example", DnsType.A, [192, 0, 2, 1], ttl)], Age = age });

        DnsResponseReader.Read(written, asked, out var response);
        Assert.Equal(expected, response?.Answers[0].Ttl);
    }

    [Fact]
    public void GivesANegativeAnswerTheSoaOfTheParent()
    {
        var asked = Query("b.a.example", DnsType.A);
        var written = Write(asked, new DnsReply { Rcode = DnsRcode.NxDomain, NegativeTtl = 5 });

        Assert.Equal(DnsResponseStatus.Complete, DnsResponseReader.Read(written, asked, out var response));
        Assert.Equal(5u, response?.NegativeTtl);
        var position = asked.Length;
        var owner = new byte[WireName.MaxLength];
        Assert.True(WireName.TryRead(written, ref position, owner, out var length));
        Assert.Equal(Name("a.example"), owner[..length]);
    }

    [Fact]
    public void NegativeAnswersToTheRootAndTopLevelAreReadable()
    {
        foreach (var name in new[] { "", "example" })
        {
            var asked = Query(name, DnsType.A);
            var written = Write(asked, new DnsReply { NegativeTtl = 5 });
            Assert.Equal(DnsResponseStatus.Complete, DnsResponseReader.Read(written, asked, out var response));
            Assert.Equal(5u, response?.NegativeTtl);
        }
    }

    [Fact]
    public void TellsAnExtendedErrorOnlyToWhoeverSentOpt()
    {
        var reply = new DnsReply { Rcode = DnsRcode.NxDomain, Error = ExtendedError.Blocked };
        byte[] withOpt = [.. Header(1, 0x0100, 1, additionals: 1), .. Question("a.example", DnsType.A), .. Opt(dnssecOk: true)];
        byte[] option = [.. UInt16(15), .. UInt16(2 + 13), .. UInt16(15), .. "default; id=X"u8];

        Assert.Equal(Opt(dnssecOk: true, options: option), Write(withOpt, reply, "default; id=X"u8)[(12 + Question("a.example", DnsType.A).Length)..]);
        Assert.Equal(Query("a.example", DnsType.A).Length, Write(Query("a.example", DnsType.A), reply).Length);
    }

    [Fact]
    public void CutsWordsThatAreTooLong()
    {
        byte[] withOpt = [.. Header(1, 0x0100, 1, additionals: 1), .. Question("a.example", DnsType.A), .. Opt()];
        var reply = new DnsReply { Error = ExtendedError.Blocked };
        var words = Enumerable.Repeat((byte)'w', DnsReply.MaxErrorText).ToArray();

        Assert.Equal(Write(withOpt, reply, words), Write(withOpt, reply, [.. words, (byte)'x']));
    }

    // A pointer has 14 bits.
    [Fact]
    public void PointsToNothingBeyondWhatAPointerCanSay()
    {
        var asked = Query("a.example", DnsType.A);
        DnsRecord[] answers =
        [
            .. Enumerable.Range(0, 200).Select(_ => Parsed("a.example", DnsType.Txt, new byte[100])),
            Parsed("a.example", DnsType.Cname, Name("far.test")), Parsed("far.test", DnsType.A, [192, 0, 2, 1]),
        ];
        var buffer = new byte[ushort.MaxValue];
        var length = DnsReplyWriter.Write(buffer, asked, Parse(asked), new DnsReply { Answers = answers });

        Assert.Equal(DnsResponseStatus.Complete, DnsResponseReader.Read(buffer.AsSpan(0, length), asked, out var response));
        Assert.Equal("far.test", response?.Answers[^1].Owner.ToString());
    }

    [Fact]
    public void TellsBadVersInOpt()
    {
        byte[] asked = [.. Header(0x1234, 0x0100, 1, additionals: 1), .. Question("a.example", DnsType.A), .. Opt(version: 1)];
        var written = Write(asked, new DnsReply { Rcode = DnsRcode.BadVers });

        Assert.Equal(Header(0x1234, 0x8180, 1, additionals: 1), written[..12]);
        Assert.Equal(Opt(upperRcode: 1), written[^11..]);
    }

    [Fact]
    public void BecomesAnEmptyTruncatedReplyWhereItDoesNotFit()
    {
        byte[] asked = [.. Header(0x1234, 0x0100, 1, additionals: 1), .. Question("a.example", DnsType.A), .. Opt()];
        var reply = new DnsReply { Answers = [.. Enumerable.Range(0, 100).Select(i => Parsed("a.example", DnsType.A, [192, 0, 2, (byte)i]))] };

        var written = Write(asked, reply);
        Assert.Equal(Header(0x1234, 0x8380, 1, additionals: 1), written[..12]);
        Assert.Equal(asked.Length, written.Length);

        var whole = new byte[ushort.MaxValue];
        Assert.Equal(asked.Length + 1600, DnsReplyWriter.Write(whole, asked, Parse(asked), reply));
    }

    [Theory]
    [InlineData(512, 512)]
    [InlineData(1000, 1000)]
    [InlineData(4096, 1232)]
    public void SendsNoMoreOverUdpThanClientAndPathTake(int size, int expected)
    {
        byte[] asked = [.. Header(1, 0x0100, 1, additionals: 1), .. Question("a.example", DnsType.A), .. Opt(size)];
        Assert.Equal(expected, DnsReplyWriter.Limit(Parse(asked), isUdp: true));
    }

    private static DnsQuery Parse(byte[] message)
    {
        DnsQueryReader.Read(message, out var query);
        return query;
    }

    private static byte[] Write(byte[] message, in DnsReply reply, ReadOnlySpan<byte> errorText = default)
    {
        var query = Parse(message);
        var buffer = new byte[DnsReplyWriter.Limit(query, isUdp: true)];
        return buffer[..DnsReplyWriter.Write(buffer, message, query, reply, errorText)];
    }
}
