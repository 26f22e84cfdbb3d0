using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using SniProxy.Core.Dns;
using SniProxy.Resolutions;

namespace SniProxy.Tests.Resolutions;

/// <summary>What name servers say that is wrong, odd, or from somebody else: a failure, never a "no", and never an address that was not asked for.</summary>
public sealed class UpstreamAnswerTests : IAsyncDisposable
{
    private const long Asker = 1;

    private static readonly byte[] Good = Wire.A("good.example", "203.0.113.10");
    private static readonly byte[] Evil = Wire.A("good.example", "203.0.113.66");

    private readonly ResolutionMetrics metrics = new();
    private readonly Opened opened = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>What becomes of a query and what the server sends back; each is the answer to the query but for its fault.</summary>
    public static TheoryData<string, Func<byte[], byte[]>> Unusable()
    {
        static byte[] With(byte[] message, int at, byte value)
        {
            message[at] = value;
            return message;
        }

        static byte[] Chain(byte[] query, params byte[][] records) => Wire.Respond(query, 0, records);

        byte[] loopToItself = [0, 5, 0, 1, 0, 0, 0, 9, 0, 2, 0xc0, 12];
        return new TheoryData<string, Func<byte[], byte[]>>
        {
            { "only a header", query => [.. query[..2], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, .. query[12..^11]] },
            { "a record that is cut", query => Chain(query, Good)[..^1] },
            { "an address of three bytes", query => Chain(query, Wire.Record("good.example", DnsType.A, [1, 2, 3])) },
            { "an address of five bytes", query => Chain(query, Wire.Record("good.example", DnsType.A, [1, 2, 3, 4, 5])) },
            { "more answers announced than sent", query => With(Chain(query, Good), 7, 2) },
            { "more answers than are believed", query => With(Chain(query, Good), 6, 0xff) },
            { "an owner that points to itself", query => [.. Chain(query, Good)[..(query.Length - 11)], 0xc0, (byte)(query.Length - 11), 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4] },
            { "an owner that points ahead", query => [.. Chain(query, Good)[..(query.Length - 11)], 0xc0, 0xff, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4] },
            { "an owner that points into the header", query => [.. Chain(query, Good)[..(query.Length - 11)], 0xc0, 2, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4] },
            { "an alias of itself", query => [.. Chain(query, Good)[..(query.Length - 11)], 0xc0, 12, .. loopToItself] },
            { "an alias loop of two", query => Chain(query, Wire.Cname("good.example", "b.example"), Wire.Cname("b.example", "good.example")) },
            { "two aliases of one name", query => Chain(query, Wire.Cname("good.example", "a.example"), Wire.Cname("good.example", "b.example"), Wire.A("a.example", "203.0.113.10")) },
            { "an alias to what is no host name", query => Chain(query, Wire.Cname("good.example", "not a name"), Wire.A("not a name", "203.0.113.10")) },
            { "a hundred aliases", query => Chain(query, [Wire.Cname("good.example", "n0.example"), .. Enumerable.Range(0, 100).Select(i => Wire.Cname($"n{i}.example", $"n{i + 1}.example")), Wire.A("n100.example", "203.0.113.10")]) },
            { "nine aliases", query => Chain(query, [Wire.Cname("good.example", "n1.example"), .. Enumerable.Range(1, 8).Select(i => Wire.Cname($"n{i}.example", $"n{i + 1}.example")), Wire.A("n9.example", "203.0.113.10")]) },
            { "format error", query => Wire.Respond(query, 1, [Good]) },
            { "server failure", query => Wire.Respond(query, 2, [Good]) },
            { "not implemented", query => Wire.Respond(query, 4, [Good]) },
            { "refused", query => Wire.Respond(query, 5, [Good]) },
            { "an unknown error", query => Wire.Respond(query, 11, [Good]) },
        };
    }

    [Theory]
    [MemberData(nameof(Unusable))]
    public async Task WhatCannotBeUsedIsAFailureAndTheNextServerIsAskedAtOnce(string fault, Func<byte[], byte[]> answer)
    {
        var wrong = Server(query => [answer(query)]);
        var alone = await AskAsync(Resolver(wrong));
        Assert.True(alone.Status == ResolutionStatus.Failed && alone.Records.Count == 0, $"{fault}: {alone.Status}");

        var started = Stopwatch.GetTimestamp();
        Assert.Equal(["203.0.113.10"], Addresses(await AskAsync(Resolver(wrong, Server(query => [Wire.Respond(query, 0, [Good])])))));
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(1.2), fault);
    }

    [Fact]
    public async Task WithNoSuchNameComesNoAddress()
    {
        var resolver = Resolver(Server(query => [Wire.Respond(query, 3, [Wire.Cname("good.example", "cdn.example"), Wire.A("cdn.example", "203.0.113.66")])]));
        var answer = await AskAsync(resolver);
        Assert.Equal((ResolutionStatus.NxDomain, DnsType.Cname), (answer.Status, Assert.Single(answer.Records).Type));
        Assert.Empty((await resolver.ResolveAsync(Wire.Host("good.example"), Asker, Cancellation)).Addresses);
    }

    /// <summary>Messages that answer another question, or none.</summary>
    public static TheoryData<string, Func<byte[], byte[]>> Foreign()
    {
        static byte[] With(byte[] message, int at, byte value)
        {
            message[at] = value;
            return message;
        }

        return new TheoryData<string, Func<byte[], byte[]>>
        {
            { "another id", query => [(byte)~query[0], .. Wire.Respond(query, 0, [Evil])[1..]] },
            { "another name", query => Wire.Respond(Wire.Query("evil.example", DnsType.A, query[0] << 8 | query[1]), 0, [Evil]) },
            { "another type", query => Wire.Respond(Wire.Query("good.example", DnsType.Aaaa, query[0] << 8 | query[1]), 0, [Evil]) },
            { "another class", query => With(Wire.Respond(query, 0, [Evil]), query.Length - 12, 3) },
            { "no question", query => [.. query[..2], 0x81, 0x80, 0, 0, 0, 1, 0, 0, 0, 0, .. Evil] },
            { "two questions", query => With(Wire.Respond(query, 0, [Evil]), 5, 2) },
            { "a query", query => With(Wire.Respond(query, 0, [Evil]), 2, 1) },
            { "another operation", query => With(Wire.Respond(query, 0, [Evil]), 2, 0xa9) },
            { "nothing", _ => [] },
            { "a few bytes", query => query[..5] },
        };
    }

    [Theory]
    [MemberData(nameof(Foreign))]
    public async Task WhatAnswersAnotherQuestionIsPassedOver(string fault, Func<byte[], byte[]> answer)
    {
        var answers = await AskAsync(Resolver(Server(query => [answer(query), answer(query), Wire.Respond(query, 0, [Good])])));
        Assert.True(Addresses(answers) is ["203.0.113.10"], fault);
    }

    [Fact]
    public async Task AFloodOfForgeriesEndsTheQuestionToThatServerAlone()
    {
        var flooded = Server(query => [.. Enumerable.Range(1, 200).Select(i => Wire.Respond([(byte)(query[0] ^ i), .. query[1..]], 0, [Evil]))]);
        Assert.Equal(ResolutionStatus.Failed, (await AskAsync(Resolver(flooded))).Status);
        Assert.Equal(["203.0.113.10"], Addresses(await AskAsync(Resolver(flooded, Server(query => [Wire.Respond(query, 0, [Good])])))));
    }

    // The right id and question, from next door and from another port of the same address.
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.2")]
    public async Task WhatComesFromAnotherAddressOrPortIsNotHeard(string address)
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        FakeNameServer? server = null;
        server = Server(query =>
        {
            var client = new IPEndPoint(IPAddress.Loopback, server?.Queries.Last().ClientPort ?? 0);
            for (var i = 0; i < 3; i++)
            {
                other.SendTo(Wire.Respond(query, 0, [Evil]), client);
            }

            return [Wire.Respond(query, 0, [Good])];
        });
        other.Bind(new IPEndPoint(IPAddress.Parse(address), address == "127.0.0.1" ? 0 : server.Endpoint.Port));

        Assert.Equal(["203.0.113.10"], Addresses(await AskAsync(Resolver(server))));
        Assert.Single(server.Queries);
    }

    /// <summary>What the TCP side sends after it was told to be asked there, before it closes.</summary>
    public static TheoryData<string, Func<byte[], byte[]>> CutConnections()
    {
        static byte[] Framed(byte[] message) => [.. Wire.UInt16(message.Length), .. message];

        return new TheoryData<string, Func<byte[], byte[]>>
        {
            { "nothing", _ => [] },
            { "half a length", _ => [0] },
            { "a length", query => Framed(Wire.Respond(query, 0, [Good]))[..2] },
            { "half an answer", query => Framed(Wire.Respond(query, 0, [Good]))[..30] },
            { "all but a byte", query => Framed(Wire.Respond(query, 0, [Good]))[..^1] },
            { "an empty message", _ => [0, 0] },
            { "another id", query => Framed([(byte)~query[0], .. Wire.Respond(query, 0, [Evil])[1..]]) },
            { "cut off here too", query => Framed(Wire.Respond(query, 0, [Evil], truncated: true)) },
        };
    }

    [Theory]
    [MemberData(nameof(CutConnections))]
    public async Task AConnectionThatClosesHalfWayIsAFailureOfThatServerAlone(string fault, Func<byte[], byte[]> sent)
    {
        var cutting = Server(query => [Wire.Respond(query, 0, [Evil], truncated: true)]);
        cutting.OnTcpBytes = sent;
        var alone = await AskAsync(Resolver(cutting));
        Assert.True(alone.Status == ResolutionStatus.Failed && alone.Records.Count == 0, $"{fault}: {alone.Status}");
        Assert.Contains(cutting.Queries, seen => seen.IsTcp);

        cutting.Queries.Clear();
        Assert.Equal(["203.0.113.10"], Addresses(await AskAsync(Resolver(cutting, Server(query => [Wire.Respond(query, 0, [Good])])))));
    }

    [Theory]
    [InlineData(0u, 1)]
    [InlineData(30u, 30)]
    [InlineData(0x7fffffffu, 3600)]
    [InlineData(0x80000000u, 1)]
    [InlineData(0xffffffffu, 1)]
    public async Task LifetimesAreBetweenASecondAndAnHour(uint ttl, int seconds)
    {
        var answer = await AskAsync(Resolver(Server(query => [Wire.Respond(query, 0, [Wire.A("good.example", "203.0.113.10", ttl)])])));
        Assert.Equal(TimeSpan.FromSeconds(seconds), answer.Lifetime);
    }

    [Theory]
    [InlineData(3, 0u, 1)]
    [InlineData(3, 0x7fffffffu, 60)]
    [InlineData(0, 0x80000000u, 1)]
    [InlineData(2, 0x7fffffffu, 1)]
    [InlineData(5, 600u, 1)]
    public async Task ANoIsKeptForAMinuteAtMostAndAFailureForASecond(int rcode, uint ttl, int seconds)
    {
        var soa = Wire.Record("example", DnsType.Soa, [0, 0, .. new byte[16], .. Wire.UInt16((int)(ttl >> 16)), .. Wire.UInt16((int)(ttl & 0xffff))], ttl);
        Assert.Equal(TimeSpan.FromSeconds(seconds), (await AskAsync(Resolver(Server(query => [Wire.Respond(query, rcode, [], [soa])])))).Lifetime);
    }

    public async ValueTask DisposeAsync()
    {
        await opened.DisposeAsync();
        metrics.Dispose();
    }

    private static Task<UpstreamAnswer> AskAsync(UpstreamResolver resolver) =>
        resolver.QueryAsync(Wire.Host("good.example"), DnsType.A, Asker, Cancellation).AsTask();

    private static string[] Addresses(UpstreamAnswer answer) =>
        [.. answer.Records.Select(record => record.TryGetAddress(out var address) ? address.ToString() : "")];

    private FakeNameServer Server(Func<byte[], IReadOnlyList<byte[]>> onUdp) => opened.Keep(new FakeNameServer(onUdp));

    private UpstreamResolver Resolver(params FakeNameServer[] servers)
    {
        var options = new ResolverOptions { Upstreams = [.. servers.Select(server => server.Endpoint.ToString())] };
        var resolver = new UpstreamResolver(options, TimeProvider.System, NullLogger<UpstreamResolver>.Instance, metrics);
        return opened.Keep(resolver);
    }
}
