using System.Net.Sockets;
using SniProxy.Core.Contract;
using SniProxy.Core.Dns;
using SniProxy.Dns;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Dns;

/// <summary>Messages that are malformed, oversized or odd, over real sockets: each has its answer or none, and none of them leaves.</summary>
public sealed class DnsHygieneTests
{
    private const string AllowAll = "rules: [{allow: '**.example'}]";

    private static readonly Func<byte[], IReadOnlyList<byte[]>> Everything = query => [Wire.Respond(query, 0, [Wire.A(Wire.Asked(query).Name, "203.0.113.10")])];

    private static readonly byte[] Plain = Wire.Query("good.example", DnsType.A);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static IEnumerable<(string Fault, byte[] Query, DnsRcode Rcode)> Wrong()
    {
        var root = (byte[])[0];
        yield return ("no question", With(5, 0), DnsRcode.FormErr);
        yield return ("two questions", With(5, 2), DnsRcode.FormErr);
        yield return ("two questions, both there", [.. With(5, 2), .. Plain[12..]], DnsRcode.FormErr);
        yield return ("65,535 questions", [.. Plain[..4], 0xff, 0xff, .. Plain[6..]], DnsRcode.FormErr);
        yield return ("only a header", Plain[..12], DnsRcode.FormErr);
        for (var cut = 13; cut < Plain.Length; cut++)
        {
            yield return ($"cut after {cut} bytes", Plain[..cut], DnsRcode.FormErr);
        }

        yield return ("a byte behind the question", [.. Plain, 0], DnsRcode.FormErr);
        yield return ("a question that points to itself", Asking([0xc0, 12]), DnsRcode.FormErr);
        yield return ("a question that points into the header", Asking([0xc0, 0]), DnsRcode.FormErr);
        yield return ("a question that points ahead", Asking([0xc0, 18, 1, (byte)'a', 0]), DnsRcode.FormErr);
        yield return ("a pointer behind a label", Asking([1, (byte)'a', 0xc0, 12]), DnsRcode.FormErr);
        yield return ("a label of 64 bytes", Asking([64, .. new byte[64], 0]), DnsRcode.FormErr);
        yield return ("a label of the extended kind", Asking([0x41, .. new byte[65], 0]), DnsRcode.FormErr);
        yield return ("a label of the reserved kind", Asking([0x81, .. new byte[129], 0]), DnsRcode.FormErr);
        yield return ("a name of 256 bytes", Asking([.. Labels(63), .. Labels(63), .. Labels(63), .. Labels(62), 0]), DnsRcode.FormErr);
        yield return ("a name without an end", Asking([.. Labels(63), .. Labels(63), .. Labels(63), .. Labels(63), .. Labels(63)]), DnsRcode.FormErr);
        yield return ("a record announced and not there", With(11, 1), DnsRcode.FormErr);
        yield return ("an answer announced and not there", With(7, 1), DnsRcode.FormErr);
        yield return ("a record that is cut", [.. With(11, 1), .. Wire.Opt()[..^1]], DnsRcode.FormErr);
        yield return ("a record longer than the message", [.. With(11, 1), 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 9], DnsRcode.FormErr);
        yield return ("an owner that points to itself", [.. With(11, 1), 0xc0, (byte)Plain.Length, .. Wire.Opt()[1..]], DnsRcode.FormErr);
        yield return ("two OPT records", [.. With(11, 2), .. Wire.Opt(), .. Wire.Opt()], DnsRcode.FormErr);
        yield return ("OPT of a name", [.. With(11, 1), 1, (byte)'a', 0, .. Wire.Opt()[1..]], DnsRcode.FormErr);
        foreach (var operation in new[] { 1, 2, 3, 4, 5, 6, 15 })
        {
            yield return ($"operation {operation}", With(2, (byte)(operation << 3 | 1)), DnsRcode.NotImp);
        }

        foreach (var recordClass in new byte[] { 0, 2, 3, 4, 254, 255 })
        {
            yield return ($"class {recordClass}", With(Plain.Length - 1, recordClass), DnsRcode.Refused);
        }

        foreach (var version in new[] { 1, 255 })
        {
            yield return ($"EDNS version {version}", Wire.Query("good.example", DnsType.A, opt: Wire.Opt(version: version)), DnsRcode.BadVers);
        }

        foreach (var type in new[] { 0, 10, 41, 128, 249, 250, 251, 252, 253, 254 })
        {
            yield return ($"type {type}", Wire.Query("good.example", (DnsType)type), DnsRcode.Refused);
        }

        yield return ("a dot inside a label", Asking([12, .. "good.example"u8, .. root]), DnsRcode.NxDomain);
        yield return ("a NUL inside a label", Wire.Query("go\0od.example", DnsType.A), DnsRcode.NxDomain);
        yield return ("a byte over 0x7f", Wire.Query("g\u00f6od.example", DnsType.A), DnsRcode.NxDomain);
        yield return ("a space", Wire.Query("go od.example", DnsType.A), DnsRcode.NxDomain);
        yield return ("a slash", Wire.Query("go/od.example", DnsType.A), DnsRcode.NxDomain);
        yield return ("an asterisk", Wire.Query("*.example", DnsType.A), DnsRcode.NxDomain);
        yield return ("the root", Wire.Query("", DnsType.Ns), DnsRcode.NxDomain);
        yield return ("an address", Wire.Query("203.0.113.10", DnsType.A), DnsRcode.NxDomain);
    }

    /// <summary>Odd, and a question all the same: answered with the address.</summary>
    private static IEnumerable<(string Oddity, byte[] Query)> Odd()
    {
        yield return ("no recursion desired", With(2, 0));
        yield return ("authoritative", With(2, 0x05));
        yield return ("recursion available, Z, AD and CD", With(3, 0xf0));
        yield return ("a response code", With(3, 0x0f));
        yield return ("letters of both cases", Wire.Query("gOOd.eXample", DnsType.A));
        yield return ("an underscore", Wire.Query("_sip._tcp.good.example", DnsType.A));
        yield return ("a name of 253 letters", Wire.Query($"{new string('a', 63)}.{new string('b', 63)}.{new string('c', 63)}.{new string('d', 53)}.example", DnsType.A));
        yield return ("EDNS that takes 0 bytes", Wire.Query("good.example", DnsType.A, opt: Wire.Opt(0)));
        yield return ("EDNS that takes 65,535 bytes", Wire.Query("good.example", DnsType.A, opt: Wire.Opt(65_535)));
        yield return ("EDNS with a cookie and a client's network", [.. With(11, 1), 0, 0, 41, 4, 208, 0, 0, 0x80, 0, 0, 23, 0, 10, 0, 8, .. new byte[8], 0, 8, 0, 7, 0, 1, 24, 0, 198, 51, 100]);
        yield return ("3,000 bytes of padding", [.. With(11, 1), 0, 0, 41, 4, 208, 0, 0, 0, 0, .. Wire.UInt16(3004), 0, 12, .. Wire.UInt16(3000), .. new byte[3000]]);
        yield return ("records of all sections", [.. Plain[..7], 1, 0, 1, 0, 2, .. Plain[12..], .. Wire.A("a.example", "192.0.2.1"), .. Wire.Soa("example", 1), .. Wire.A("b.example", "192.0.2.1"), .. Wire.Opt()]);
        yield return ("an owner that points back to the question", [.. With(11, 1), 0xc0, 12, .. Wire.A("", "192.0.2.1")[1..]]);
    }

    /// <summary>No query at all: to answer would invite loops and reflection.</summary>
    private static IEnumerable<(string Fault, byte[] Query)> Silent()
    {
        yield return ("a response", With(2, 0x81));
        yield return ("a response of another operation", With(2, 0xa9));
        yield return ("cut off", With(2, 0x03));
        for (var length = 1; length < 12; length++)
        {
            yield return ($"{length} bytes", Plain[..length]);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnswersWhatIsWrongFromHere(bool isTcp)
    {
        await using var door = new DnsDoor(AllowAll, Everything);
        await using var client = new DnsDoorClient(door, isTcp);
        foreach (var (fault, query, rcode) in Wrong())
        {
            var reply = new DnsReplyView(await client.AskAsync(query), query);
            Assert.True(rcode == reply.Rcode && reply.Answers.Count == 0, $"{fault}: {reply.Rcode}");
            Assert.True(door.Events.TryDequeue(out var told) && told.Verdict == Decision.Deny, fault);
        }

        Assert.Empty(door.Upstream.Queries);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnswersWhatIsOnlyOdd(bool isTcp)
    {
        await using var door = new DnsDoor(AllowAll, Everything);
        await using var client = new DnsDoorClient(door, isTcp);
        foreach (var (oddity, query) in Odd())
        {
            var reply = new DnsReplyView(await client.AskAsync(query), query);
            Assert.True(reply.Rcode == DnsRcode.NoError && reply.Addresses.SequenceEqual(["203.0.113.10"]), $"{oddity}: {reply.Rcode}");
            Assert.Equal(query[12..(12 + reply.QuestionLength)], reply.Message[12..(12 + reply.QuestionLength)]);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task KeepsSilentAboutWhatIsNoQuery(bool isTcp)
    {
        await using var door = new DnsDoor(AllowAll, Everything);
        await using var client = new DnsDoorClient(door, isTcp);
        foreach (var (fault, query) in Silent())
        {
            await client.SendAsync(query);

            // The next answer is that of the next question.
            var next = Wire.Query("good.example", DnsType.A, id: 0x7777);
            Assert.True((await client.AskAsync(next))[..2].AsSpan().SequenceEqual(next.AsSpan(0, 2)), fault);
        }

        Assert.All(door.Events, told => Assert.Equal("good.example", told.Qname));
    }

    [Fact]
    public async Task AnswersTheOneQuestionOfAnyWithAnythingElseThanItAll()
    {
        await using var door = new DnsDoor(AllowAll, Everything);
        Assert.Equal(DnsType.Hinfo, Assert.Single((await door.AskAsync("good.example", DnsType.Any)).Answers).Type);
        Assert.Empty(door.Upstream.Queries);
    }

    // Longer than any question: cut, and then no question, over UDP; over TCP the connection is of no use any more.
    [Fact]
    public async Task TakesNoMessageOfMoreThanFourKibibytes()
    {
        byte[] large = [.. With(11, 1), 0, 0, 41, 4, 208, 0, 0, 0, 0, .. Wire.UInt16(5004), 0, 12, .. Wire.UInt16(5000), .. new byte[5000]];
        await using var door = new DnsDoor(AllowAll, Everything);
        Assert.Equal(DnsRcode.FormErr, (await door.AskAsync(large)).Rcode);

        using var connection = await door.ConnectAsync();
        await connection.SendAsync(DnsDoor.Frame(large), Cancellation);
        Assert.True(await IsClosedAsync(connection));
        Assert.Empty(door.Upstream.Queries);
    }

    [Fact]
    public async Task SurvivesSeededNoiseOverUdp()
    {
        await using var door = new DnsDoor(AllowAll, Everything, new DnsOptions { Endpoint = "[::]:0", QueriesPerSecondPerSandbox = 1_000_000 });
        var random = new Random(99);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(door.Endpoint, Cancellation);
        var plain = Wire.Query("good.example", DnsType.A, opt: Wire.Opt());
        for (var i = 0; i < 5_000; i++)
        {
            var message = plain.ToArray();
            message[random.Next(message.Length)] = (byte)random.Next(256);
            message[random.Next(message.Length)] ^= (byte)(1 << random.Next(8));
            await socket.SendAsync(message, Cancellation);

            // Now and then a question that must be answered: the noise before it has been read then, and no buffer overflows.
            if (i % 50 == 0)
            {
                Assert.Equal(DnsRcode.NoError, (await door.AskAsync($"n{i}.example")).Rcode);
            }
        }
    }

    private static byte[] With(int at, byte value)
    {
        var changed = Plain.ToArray();
        changed[at] = value;
        return changed;
    }

    private static byte[] Asking(byte[] name) => [.. Plain[..12], .. name, 0, 1, 0, 1];

    private static byte[] Labels(int length) => [(byte)length, .. Enumerable.Repeat((byte)'a', length)];

    private static async Task<bool> IsClosedAsync(Socket connection)
    {
        try
        {
            return await DnsDoor.ReadFrameAsync(connection) is null;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
