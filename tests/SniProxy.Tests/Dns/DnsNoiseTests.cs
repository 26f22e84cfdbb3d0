using System.Net;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Dns;
using SniProxy.Core.Tests.Dns;
using SniProxy.Dns;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Dns;

/// <summary>Seeded noise through the whole life of a question, from either side.</summary>
public sealed class DnsNoiseTests
{
    private const string Policy = "rules: [good.example]";

    private const int QuickRounds = 20_000;
    private const int FullRounds = 1_000_000;

    /// <summary>What one question may take: its event and its reply are among it.</summary>
    private const int MaxBytes = 16 * 1024;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public Task AnswersOrDropsMutatedQuestions() => AskMutatedAsync(randomSeed: 7, QuickRounds);

    [Fact]
    [Trait("Tier", "full")]
    public Task AnswersOrDropsAMillionMutatedQuestions() => AskMutatedAsync(randomSeed: 8, FullRounds);

    // A name server whose every answer is spoilt, and followed by the true one, in case it is taken for no answer at all.
    [Fact]
    public async Task ComesToAnEndWhateverTheNameServerSays()
    {
        var random = new Random(9);
        byte[] Spoilt(byte[] query) => Noise.Mutate(random, Wire.Respond(
            query, random.Next(2) * 3,
            [Wire.Cname("good.example", "cdn.example"), Wire.A("cdn.example", "203.0.113.10", 1), Wire.A("good.example", "203.0.113.11", 1)],
            [Wire.Soa("example", 1)]));
        await using var door = new DnsDoor(Policy, query => [Spoilt(query), Wire.Respond(query, 0, [Wire.A("good.example", "203.0.113.12", 1)])]);
        door.Upstream.OnTcpBytes = query => [.. Wire.UInt16(100), .. Spoilt(query)];
        for (var i = 0; i < 2_000; i++)
        {
            var reply = await door.AskAsync("good.example").WaitAsync(TimeSpan.FromSeconds(2), Cancellation);
            Assert.True(reply.Rcode is DnsRcode.NoError or DnsRcode.NxDomain or DnsRcode.ServFail, $"{reply.Rcode}");
            door.Clock.Advance(TimeSpan.FromHours(2));
        }

        Assert.True(door.Upstream.Queries.Count >= 2_000);
    }

    private static async Task AskMutatedAsync(int randomSeed, int rounds)
    {
        await using var door = new DnsDoor(
            Policy, query => [Wire.Respond(query, 3, [])], new DnsOptions { Endpoint = "[::]:0", QueriesPerSecondPerSandbox = int.MaxValue });
        byte[][] seeds =
        [
            Wire.Query("bad.example", DnsType.A), Wire.Query("a.b.c.bad.example", DnsType.Https, opt: Wire.Opt()),
            Wire.Query("egress.internal", DnsType.Aaaa, opt: Wire.Opt(4096)), Wire.Query("10.113.0.203.in-addr.arpa", DnsType.Ptr),
        ];
        var random = new Random(randomSeed);
        var buffer = new byte[DnsReplyWriter.MaxUdpLength];
        var client = new IPEndPoint(IPAddress.Parse("10.0.0.2"), 5353);
        var most = 0L;
        foreach (var seed in seeds)
        {
            // Tables that are made once are no question's.
            await door.AskAsync(seed);
        }

        for (var i = 0; i < rounds; i++)
        {
            var message = Noise.Mutate(random, seeds[random.Next(seeds.Length)]);
            var request = new DnsRequest(message, Endpoint.From(client), Address.From(IPAddress.Loopback), "eth0", random.Next(2) == 0 ? Transport.Udp : Transport.Tcp);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var answering = door.Handler.AnswerAsync(request, request.Transport == Transport.Udp ? buffer : new byte[65_535], Cancellation);
            var length = answering.IsCompleted ? answering.Result : await answering;
            most = Math.Max(most, answering.IsCompleted ? GC.GetAllocatedBytesForCurrentThread() - before - (request.Transport == Transport.Udp ? 0 : 65_600) : 0);
            Assert.True(length == 0 || length is >= DnsHeader.Size and <= DnsReplyWriter.MaxUdpLength, Convert.ToHexString(message));
            door.Events.Clear();
            door.Seen.Clear();
        }

        Assert.True(most <= MaxBytes, $"{most} bytes for one question");
    }
}
