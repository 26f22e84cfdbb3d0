// Over 200 lines: the ways to cut a hello stand beside each other, over one list of cases.
using System.Buffers;
using SniProxy.Core.Tls;
using SniProxy.Core.Wire;

namespace SniProxy.Core.Tests.Tls;

public sealed class ClientHelloReaderTests
{
    private static readonly int[] RecordSizes = [1, 2, 3, 5, 7, 64, 256];

    public static TheoryData<string> Titles => [.. HelloCases.All.Select(testCase => testCase.Title)];

    public static TheoryData<string> MessageTitles => [.. HelloCases.All.Where(testCase => testCase.Message is not null).Select(testCase => testCase.Title)];

    public static TheoryData<string> SmallTitles => [.. HelloCases.All.Where(testCase => testCase.Wire.Length < 2000).Select(testCase => testCase.Title)];

    public static TheoryData<string> Clients => [.. HelloSample.All.Select(sample => sample.Client)];

    [Theory]
    [MemberData(nameof(Titles))]
    public void GivesTheVerdict(string title)
    {
        var expected = HelloCases.ByTitle[title];
        using var reader = new ClientHelloReader();

        var status = reader.Read(new ReadOnlySequence<byte>(expected.Wire));

        AssertVerdict(expected, status, reader);
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public void GivesTheSameVerdictOnBytesThatArriveOneByOne(string title)
    {
        var expected = HelloCases.ByTitle[title];
        using var reader = new ClientHelloReader();
        var status = reader.Read(ReadOnlySequence<byte>.Empty);
        for (var length = 1; length <= expected.Wire.Length; length++)
        {
            var now = reader.Read(new ReadOnlySequence<byte>(expected.Wire, 0, length));
            Assert.True(status == ReadStatus.Incomplete || now == status, "an answer was taken back");
            Assert.True(now != ReadStatus.Complete || length >= reader.Hello.WireLength, "a beginning was taken for the whole");
            status = now;
        }

        AssertVerdict(expected, status, reader);
    }

    [Theory]
    [MemberData(nameof(SmallTitles))]
    public void GivesTheSameVerdictWhereverTheBytesAreCut(string title)
    {
        var expected = HelloCases.ByTitle[title];
        using var reader = new ClientHelloReader();
        for (var cut = 0; cut <= expected.Wire.Length; cut++)
        {
            // In time and in memory, and in memory alone.
            reader.Read(new ReadOnlySequence<byte>(expected.Wire, 0, cut));
            AssertVerdict(expected, reader.Read(Segments.CutAt(expected.Wire, cut)), reader);
            reader.Reset();
            AssertVerdict(expected, reader.Read(Segments.CutAt(expected.Wire, cut)), reader);
            reader.Reset();
        }
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public void GivesTheSameVerdictOnPiecesOfMemoryOfAnySize(string title)
    {
        var expected = HelloCases.ByTitle[title];
        foreach (var size in (int[])[1, 3, 100, 4096])
        {
            using var reader = new ClientHelloReader();
            AssertVerdict(expected, reader.Read(Segments.Of(expected.Wire, size)), reader);
        }
    }

    [Theory]
    [MemberData(nameof(MessageTitles))]
    public void GivesTheSameVerdictOnRecordsOfAnySize(string title)
    {
        var expected = HelloCases.ByTitle[title];
        var message = expected.Message ?? [];
        foreach (var size in RecordSizes)
        {
            var wire = ClientHelloBuilder.Records(message, size);
            using var reader = new ClientHelloReader();
            var status = reader.Read(new ReadOnlySequence<byte>(wire));
            AssertVerdict(wire.Length <= ClientHelloReader.DefaultMaxWireBytes ? expected : HelloCase.TooLarge(title, wire), status, reader);
        }
    }

    [Theory]
    [MemberData(nameof(SmallTitles))]
    public void AsksForMoreUntilTheLastByteOfAProperHello(string title)
    {
        var expected = HelloCases.ByTitle[title];
        if (expected.Status != ReadStatus.Complete)
        {
            // What is improper may be refused early, but no beginning of it may ever be taken for a whole hello.
            AssertNoPrefixIsComplete(expected.Wire);
            return;
        }

        using var reader = new ClientHelloReader();
        reader.Read(new ReadOnlySequence<byte>(expected.Wire));
        var end = reader.Hello.WireLength;
        for (var length = 0; length < end; length++)
        {
            reader.Reset();
            Assert.Equal(ReadStatus.Incomplete, reader.Read(new ReadOnlySequence<byte>(expected.Wire, 0, length)));
        }

        reader.Reset();
        Assert.Equal(ReadStatus.Complete, reader.Read(new ReadOnlySequence<byte>(expected.Wire, 0, end)));
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public void ReadsWhatRealClientsSend(string client)
    {
        var sample = HelloSample.All.Single(sample => sample.Client == client);
        using var reader = new ClientHelloReader();
        for (var cut = 0; cut < sample.Wire.Length; cut++)
        {
            reader.Reset();
            Assert.Equal(ReadStatus.Incomplete, reader.Read(new ReadOnlySequence<byte>(sample.Wire, 0, cut)));
            Assert.Equal(ReadStatus.Complete, reader.Read(Segments.CutAt(sample.Wire, cut)));
            Assert.Equal(sample.Name, reader.Hello.ServerName?.Value);
        }

        foreach (var wire in RecordSizes.Select(size => ClientHelloBuilder.Records(MessageOf(sample.Wire), size)))
        {
            reader.Reset();
            for (var length = 0; length < wire.Length; length++)
            {
                Assert.Equal(ReadStatus.Incomplete, reader.Read(new ReadOnlySequence<byte>(wire, 0, length)));
            }

            Assert.Equal(ReadStatus.Complete, reader.Read(new ReadOnlySequence<byte>(wire)));
            Assert.Equal(sample.Name, reader.Hello.ServerName?.Value);
        }
    }

    [Fact]
    public void KnowsWhatElseTheHelloSays()
    {
        var hello = Read(ClientHelloBuilder.For("Allowed.Example.").With(0xfe0d, ClientHelloBuilder.EchOuter()));

        Assert.True(hello.HadTrailingDot);
        Assert.True(hello.HasEch);
        Assert.Equal(0x0303, hello.LegacyVersion);
        Assert.Equal(0x0304, hello.HighestVersion);
        Assert.Equal("h2", hello.Alpn);
    }

    [Fact]
    public void SeesNoEchAndNoDotWhereThereIsNone()
    {
        var hello = Read(ClientHelloBuilder.For());

        Assert.False(hello.HadTrailingDot);
        Assert.False(hello.HasEch);
    }

    [Fact]
    public void SeesThatEarlyDataFollows()
    {
        Assert.True(Read(ClientHelloBuilder.For().With(42, [])).HasEarlyData);
        Assert.False(Read(ClientHelloBuilder.For()).HasEarlyData);
    }

    [Fact]
    public void TakesEncryptedServerNameForEch() => Assert.True(Read(ClientHelloBuilder.For().With(0xffce, new byte[300])).HasEch);

    [Theory]
    [InlineData(0x0301, new byte[0], 0x0301)]
    [InlineData(0x0303, new byte[] { 0x04, 0x03, 0x03, 0x03, 0x02 }, 0x0303)]
    [InlineData(0x0303, new byte[] { 0x02, 0x03, 0x02 }, 0x0302)]
    [InlineData(0x0303, new byte[] { 0x06, 0x6a, 0x6a, 0x03, 0x04, 0x03, 0x03 }, 0x0304)]
    [InlineData(0x0303, new byte[] { 0x03, 0x03, 0x04, 0x03 }, 0x0303)]
    [InlineData(0x0304, new byte[0], 0x0303)]
    public void FindsTheHighestVersionOffered(int legacyVersion, byte[] supportedVersions, int expected)
    {
        var builder = ClientHelloBuilder.For().Without(43).Set(hello => hello.LegacyVersion = (ushort)legacyVersion);
        Assert.Equal(expected, Read(supportedVersions.Length == 0 ? builder : builder.With(43, supportedVersions)).HighestVersion);
    }

    [Fact]
    public void TakesTheFirstPrintableProtocol()
    {
        Assert.Equal("postgresql", Read(WithAlpn("\n\n", "post gres", "postgresql", "h2")).Alpn);
        Assert.Null(Read(WithAlpn("\u00ca\u00ca")).Alpn);
        Assert.Null(Read(ClientHelloBuilder.For().Without(16)).Alpn);

        static ClientHelloBuilder WithAlpn(params string[] protocols) => ClientHelloBuilder.For().Without(16).With(16, ClientHelloBuilder.Alpn(protocols));
    }

    [Fact]
    public void EndsWhereTheLastRecordOfTheHelloEnds()
    {
        var wire = ClientHelloBuilder.Records(ClientHelloBuilder.For().Message(), 50);
        using var reader = new ClientHelloReader();

        reader.Read(new ReadOnlySequence<byte>([.. wire, .. ClientHelloBuilder.Record(23, new byte[99])]));

        Assert.Equal(wire.Length, reader.Hello.WireLength);
    }

    [Fact]
    public void HoldsToTheLimitsItIsGiven()
    {
        var builder = ClientHelloBuilder.For();
        var message = builder.Message().Length;
        var wire = builder.Wire();

        Assert.Equal(ReadStatus.Complete, Limited(message, wire.Length));
        Assert.Equal(ReadStatus.TooLarge, Limited(message - 1, wire.Length));
        Assert.Equal(ReadStatus.TooLarge, Limited(message, wire.Length - 1));

        ReadStatus Limited(int maxHelloBytes, int maxWireBytes)
        {
            using var reader = new ClientHelloReader(maxHelloBytes, maxWireBytes);
            return reader.Read(new ReadOnlySequence<byte>(wire));
        }
    }

    [Fact]
    public void NeverAsksForMoreThanItsLimit()
    {
        var wire = ClientHelloBuilder.Records(ClientHelloBuilder.For().PaddedTo(30000).Message(), 1);
        using var reader = new ClientHelloReader();
        for (var length = 0; length < wire.Length; length += 61)
        {
            if (reader.Read(new ReadOnlySequence<byte>(wire, 0, length)) != ReadStatus.Incomplete)
            {
                Assert.InRange(length, 1, ClientHelloReader.DefaultMaxWireBytes + 61);
                return;
            }
        }

        Assert.Fail("it would have read for ever");
    }

    [Fact]
    public void IsReadyForTheNextConnectionAfterReset()
    {
        using var reader = new ClientHelloReader();
        reader.Read(new ReadOnlySequence<byte>([.. ClientHelloBuilder.Records(ClientHelloBuilder.For("first.example").Message(), 40)[..90]]));
        reader.Reset();

        Assert.Equal(ReadStatus.Incomplete, reader.Read(ReadOnlySequence<byte>.Empty));
        Assert.Equal(ServerNameStatus.Malformed, reader.Hello.ServerNameStatus);
        Assert.Equal(ReadStatus.Complete, reader.Read(new ReadOnlySequence<byte>(ClientHelloBuilder.Records(ClientHelloBuilder.For("second.example").Message(), 40))));
        Assert.Equal("second.example", reader.Hello.ServerName?.Value);
    }

    private static ClientHello Read(ClientHelloBuilder builder)
    {
        using var reader = new ClientHelloReader();
        Assert.Equal(ReadStatus.Complete, reader.Read(new ReadOnlySequence<byte>(builder.Wire())));
        return reader.Hello;
    }

    private static byte[] MessageOf(byte[] wire)
    {
        var length = wire[3] << 8 | wire[4];
        return wire[5..(5 + length)];
    }

    private static void AssertNoPrefixIsComplete(byte[] wire)
    {
        using var reader = new ClientHelloReader();
        for (var length = 0; length <= wire.Length; length++)
        {
            Assert.NotEqual(ReadStatus.Complete, reader.Read(new ReadOnlySequence<byte>(wire, 0, length)));
        }
    }

    private static void AssertVerdict(HelloCase expected, ReadStatus status, ClientHelloReader reader)
    {
        Assert.Equal(expected.Status, status);
        Assert.Equal(expected.NameStatus, reader.Hello.ServerNameStatus);
        Assert.Equal(expected.Name, reader.Hello.ServerName?.Value);
        Assert.Equal(expected.Alert, reader.Alert);
    }
}
