using SniProxy.Core.Dns;
using static SniProxy.Core.Tests.Dns.Messages;

namespace SniProxy.Core.Tests.Dns;

public sealed class DnsQueryReaderTests
{
    [Fact]
    public void ReadsNameTypeAndOptOfAPlainQuestion()
    {
        byte[] message = [.. Header(7, 0x0100, 1, additionals: 1), .. Question("API.Example.com", DnsType.Aaaa), .. Opt(size: 4096, dnssecOk: true)];

        Assert.Equal(DnsQueryStatus.Complete, DnsQueryReader.Read(message, out var query));
        Assert.Equal("api.example.com", query.Name?.Value);
        Assert.Equal(DnsType.Aaaa, query.Type);
        Assert.True(query.HasOpt);
        Assert.True(query.DnssecOk);
        Assert.Equal(4096, query.UdpSize);
        Assert.Equal(Name("API.Example.com"), query.NameIn(message).ToArray());
    }

    [Fact]
    public void AnswersNothingToResponsesFragmentsAndHeaderlessBytes()
    {
        Assert.Equal(DnsQueryStatus.Drop, DnsQueryReader.Read([], out _));
        Assert.Equal(DnsQueryStatus.Drop, DnsQueryReader.Read(new byte[11], out _));
        Assert.Equal(DnsQueryStatus.Drop, DnsQueryReader.Read([.. Header(1, 0x8100, 1), .. Question("a.example", DnsType.A)], out _));
        Assert.Equal(DnsQueryStatus.Drop, DnsQueryReader.Read([.. Header(1, 0x0300, 1), .. Question("a.example", DnsType.A)], out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(65535)]
    public void WantsExactlyOneQuestion(int questions)
    {
        byte[] message = [.. Header(1, 0x0100, questions), .. Question("a.example", DnsType.A), .. Question("b.example", DnsType.A)];

        Assert.Equal(DnsQueryStatus.FormErr, DnsQueryReader.Read(message, out var query));
        Assert.Equal(0, query.QuestionLength);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(15)]
    public void KnowsNoOtherOperationThanQuery(int opcode) =>
        Assert.Equal(DnsQueryStatus.NotImp, DnsQueryReader.Read([.. Header(1, opcode << 11, 1), .. Question("a.example", DnsType.A)], out _));

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(255)]
    public void KnowsNoOtherClassThanInternet(int recordClass)
    {
        byte[] message = [.. Header(1, 0x0100, 1), .. Question("version.bind", DnsType.Txt, recordClass)];

        Assert.Equal(DnsQueryStatus.Refused, DnsQueryReader.Read(message, out _));
    }

    [Fact]
    public void RefusesCompressionInTheQuestion()
    {
        byte[] toItself = [.. Header(1, 0x0100, 1), 0xc0, 0x0c, .. UInt16(1), .. UInt16(1)];
        byte[] behindALabel = [.. Header(1, 0x0100, 1), 1, (byte)'a', 0xc0, 0x0c, .. UInt16(1), .. UInt16(1)];

        Assert.Equal(DnsQueryStatus.FormErr, DnsQueryReader.Read(toItself, out _));
        Assert.Equal(DnsQueryStatus.FormErr, DnsQueryReader.Read(behindALabel, out _));
    }

    [Fact]
    public void RefusesQuestionsCutShortAtEveryByte()
    {
        var message = Query("api.example.com", DnsType.A);
        for (var length = DnsHeader.Size; length < message.Length; length++)
        {
            Assert.Equal(DnsQueryStatus.FormErr, DnsQueryReader.Read(message.AsSpan(0, length), out _));
        }
    }

    [Fact]
    public void RefusesBytesBehindTheLastRecord() =>
        Assert.Equal(DnsQueryStatus.FormErr, DnsQueryReader.Read([.. Query("a.example", DnsType.A), 0], out _));

    [Fact]
    public void RefusesSecondAndNamedOptRecords()
    {
        byte[] two = [.. Header(1, 0x0100, 1, additionals: 2), .. Question("a.example", DnsType.A), .. Opt(), .. Opt()];
        byte[] named = [.. Header(1, 0x0100, 1, additionals: 1), .. Question("a.example", DnsType.A), 1, (byte)'x', .. Opt()];

        Assert.Equal(DnsQueryStatus.FormErr, DnsQueryReader.Read(two, out _));
        Assert.Equal(DnsQueryStatus.FormErr, DnsQueryReader.Read(named, out _));
    }

    [Fact]
    public void TellsAnUnknownEdnsVersion()
    {
        byte[] message = [.. Header(1, 0x0100, 1, additionals: 1), .. Question("a.example", DnsType.A), .. Opt(version: 1)];

        Assert.Equal(DnsQueryStatus.BadVers, DnsQueryReader.Read(message, out var query));
        Assert.True(query.HasOpt);
    }

    [Theory]
    [InlineData("exa mple.com")]
    [InlineData("a\0b.example")]
    [InlineData("b\u00fccher.example")]
    [InlineData("a/b.example")]
    [InlineData("*.example")]
    [InlineData("")]
    [InlineData("1.2.3.4")]
    public void HasNoNameWhereTheLabelsAreNoHostName(string name)
    {
        Assert.Equal(DnsQueryStatus.Complete, DnsQueryReader.Read(Query(name, DnsType.A), out var query));
        Assert.Null(query.Name);
        Assert.NotEqual(0, query.QuestionLength);
    }

    [Fact]
    public void HasNoNameWhereALabelHoldsADot()
    {
        byte[] message = [.. Header(1, 0x0100, 1), 11, .. "allowed.com"u8, 0, .. UInt16(1), .. UInt16(1)];

        Assert.Equal(DnsQueryStatus.Complete, DnsQueryReader.Read(message, out var query));
        Assert.Null(query.Name);
    }

    [Fact]
    public void TakesNoUdpSizeBelow512()
    {
        byte[] message = [.. Header(1, 0x0100, 1, additionals: 1), .. Question("a.example", DnsType.A), .. Opt(size: 40)];

        DnsQueryReader.Read(message, out var query);
        Assert.Equal(512, query.UdpSize);
    }

    [Fact]
    public void TakesTheLongestNameAndNoLonger()
    {
        var longest = string.Join('.', new string('a', 63), new string('b', 63), new string('c', 63), new string('d', 61));
        Assert.Equal(DnsQueryStatus.Complete, DnsQueryReader.Read(Query(longest, DnsType.A), out var query));
        Assert.Equal(longest, query.Name?.Value);
        Assert.Equal(DnsQueryStatus.FormErr, DnsQueryReader.Read(Query(longest + "e", DnsType.A), out _));
    }
}
