using System.Diagnostics;
using SniProxy.Core.Dns;
using static SniProxy.Core.Tests.Dns.Messages;

namespace SniProxy.Core.Tests.Dns;

/// <summary>Mutations of well-formed messages, the same ones on every run: nothing throws, nothing lasts, nothing takes memory.</summary>
public sealed class DnsFuzzTests
{
    private const int Seed = 20_351;
    private const int QuickRounds = 200_000;
    private const int FullRounds = 2_000_000;

    /// <summary>What one message may take, whatever it says.</summary>
    private const int MaxBytes = 16 * 1024;

    // Several times what the slowest machine needs on average; the slowest single one is bounded apart.
    private static readonly TimeSpan MaxAverage = TimeSpan.FromMicroseconds(100);

    private static readonly byte[] Asked = Query("api.example.com", DnsType.A);

    [Fact]
    public void SurvivesMutatedQueries() => RunQueries(Seed, QuickRounds);

    [Fact]
    [Trait("Tier", "full")]
    public void SurvivesTwoMillionMutatedQueries() => RunQueries(Seed + 1, FullRounds);

    [Fact]
    public void SurvivesMutatedResponses() => RunResponses(Seed, QuickRounds);

    [Fact]
    [Trait("Tier", "full")]
    public void SurvivesTwoMillionMutatedResponses() => RunResponses(Seed + 1, FullRounds);

    // 64 KiB in which every record's owner is a walk over as many pointers as fit: the worst a response can ask for.
    [Fact]
    public void BoundsTimeAndMemoryOfTheWorstResponse()
    {
        byte[] ladder = [.. Name("api.example.com"), .. Enumerable.Range(0, 200).SelectMany(i => UInt16(0xc000 | (i == 0 ? 12 : 12 + 17 + 4 + 11 + ((i - 1) * 2))))];
        var padding = Record([0], (DnsType)999, ladder[17..]);
        var message = Response("api.example.com", DnsType.A, answers:
            [padding, .. Enumerable.Repeat(Record(UInt16(0xc000 | (12 + 17 + 4 + 11 + (120 * 2))), DnsType.Cname, UInt16(0xc000 | 12)), 999)]);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        Assert.Equal(DnsResponseStatus.Complete, DnsResponseReader.Read(message, Asked, out _));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(1));
    }

    private static void RunQueries(int seed, int rounds)
    {
        byte[][] seeds =
        [
            Asked,
            [.. Header(1, 0x0100, 1, additionals: 1), .. Question("a.b.c.example", DnsType.Https), .. Opt(dnssecOk: true, options: [0, 8, 0, 4, 1, 2, 3, 4])],
            [.. Header(1, 0x0100, 1, authorities: 1), .. Question("zone.example", DnsType.Ixfr), .. Soa("zone.example", 1, 1)],
        ];
        var reply = new DnsReply { Rcode = DnsRcode.NxDomain, NegativeTtl = 5, Error = ExtendedError.Blocked };
        var buffer = new byte[DnsReplyWriter.MaxUdpLength];

        Run(seed, rounds, seeds, message =>
        {
            var status = DnsQueryReader.Read(message, out var query);
            if (status == DnsQueryStatus.Drop)
            {
                return;
            }

            var length = DnsReplyWriter.Write(buffer, message, query, reply, "name_not_allowed"u8);
            Assert.InRange(length, DnsHeader.Size, DnsReplyWriter.Limit(query, isUdp: true));
        });
    }

    private static void RunResponses(int seed, int rounds)
    {
        byte[] pointer = [0xc0, 0x0c];
        byte[][] seeds =
        [
            Response("api.example.com", DnsType.A, answers:
            [
                Record(pointer, DnsType.Cname, [3, .. "cdn"u8, 0xc0, 16]),
                Record("cdn.example.com", DnsType.A, [192, 0, 2, 1]),
                Record(pointer, DnsType.Aaaa, new byte[16]),
            ]),
            Response("api.example.com", DnsType.A, rcode: 3, authorities: [Soa("example.com", 900, 30)]),
            Response("api.example.com", DnsType.A, answers:
            [
                Record("example.com", DnsType.Dname, Name("other.test")),
                Record(pointer, DnsType.Mx, [0, 1, 0xc0, 16]),
                Record(pointer, DnsType.Naptr, [0, 1, 0, 2, 1, 65, 0, 2, 66, 67, 0xc0, 16]),
                Record(pointer, DnsType.Txt, [3, 1, 2, 3]),
            ]),
        ];
        var buffer = new byte[ushort.MaxValue];
        DnsQueryReader.Read(Asked, out var query);

        Run(seed, rounds, seeds, message =>
        {
            if (DnsResponseReader.Read(message, Asked, out var response) != DnsResponseStatus.Complete)
            {
                return;
            }

            Assert.NotNull(response);
            if (AnswerChain.Follow(Host("api.example.com"), DnsType.A, response.Answers, out var chain) == ChainStatus.Complete)
            {
                Assert.NotNull(chain);
                Assert.True(chain.Hops.Count <= AnswerChain.MaxHops);
                var length = DnsReplyWriter.Write(buffer, Asked, query, new DnsReply { Answers = chain.Records });
                Assert.Equal(DnsResponseStatus.Complete, DnsResponseReader.Read(buffer.AsSpan(0, length), Asked, out _));
            }
        });
    }

    private static void Run(int seed, int rounds, byte[][] seeds, Action<byte[]> target)
    {
        var random = new Random(seed);
        var slowest = TimeSpan.Zero;
        var all = TimeSpan.Zero;
        var largest = 0L;
        for (var round = 0; round < rounds; round++)
        {
            var message = Noise.Mutate(random, seeds[random.Next(seeds.Length)]);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var started = Stopwatch.GetTimestamp();
            target(message);
            var elapsed = Stopwatch.GetElapsedTime(started);
            all += elapsed;
            slowest = elapsed > slowest ? elapsed : slowest;
            largest = Math.Max(largest, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        // Generous: a busy machine may take the thread away for a while.
        Assert.True(slowest < TimeSpan.FromSeconds(2), $"slowest {slowest}");
        Assert.True(all / rounds < MaxAverage, $"average {all / rounds}");
        Assert.True(largest <= MaxBytes, $"largest {largest}");
    }
}
