using System.Buffers;
using SniProxy.Core.Http;
using SniProxy.Core.Wire;

namespace SniProxy.Core.Tests.Http;

/// <summary>Mutated requests from fixed seeds: no exception, little memory, and one answer however the bytes arrive.</summary>
public sealed class RequestFuzzTests
{
    private static readonly byte[] Interesting = Wire.Bytes("\r\n\t :;,/@[]?#*%\\\0\u007f\u00ff0aZ5");

    private static readonly byte[][] Words =
    [
        .. new[]
        {
            "Host: b.example\r\n", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "\r\n\r\n", "\r\n", "Upgrade: h2c\r\n", "Connection: close\r\n",
            "http://", "HTTP/1.0", "CONNECT ", "[::1]", ":443", "0\r\n\r\n", "5\r\nhello\r\n", "Expect: 100-continue\r\n", "Accept: a/b;q=0.1, c\r\n",
        }.Select(Wire.Bytes),
    ];

    [Fact]
    public void SurvivesHalfAMillionMutations()
    {
        var random = new Random(20251121);
        var samples = HeadSamples.All.Where(sample => sample.Wire.Length < 400).Select(sample => Wire.Bytes(sample.Wire)).ToArray();
        var reader = new RequestHeadReader();
        var counts = new int[Enum.GetValues<ReadStatus>().Length];
        var before = GC.GetAllocatedBytesForCurrentThread();
        var own = 0L;
        for (var i = 0; i < 500_000; i++)
        {
            var start = GC.GetAllocatedBytesForCurrentThread();
            var wire = Mutate(samples[random.Next(samples.Length)], random);
            own += GC.GetAllocatedBytesForCurrentThread() - start;

            reader.Reset();
            var answer = reader.Read(new ReadOnlySequence<byte>(wire));
            counts[(int)answer]++;
            if (answer != ReadStatus.Complete)
            {
                continue;
            }

            Assert.InRange(reader.Head.Length, 1, wire.Length);
            Assert.NotEqual(AuthorityKind.Malformed, reader.Head.Authority.Kind);
            Assert.NotEqual(BodyFraming.Unknown, reader.Head.Framing);
        }

        // The mutations must reach both sides of the reader, or they say nothing.
        Assert.True(counts[(int)ReadStatus.Complete] > 20_000 && counts[(int)ReadStatus.Malformed] > 100_000, string.Join(' ', counts));
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before - own) / 500_000, 0, 1024);
    }

    [Fact]
    public void AnswersTheSameInOnePieceAndInMany()
    {
        var random = new Random(7);
        var samples = HeadSamples.All.Where(sample => sample.Wire.Length < 400).Select(sample => Wire.Bytes(sample.Wire)).ToArray();
        for (var i = 0; i < 20_000; i++)
        {
            var wire = Mutate(samples[random.Next(samples.Length)], random);
            var whole = new RequestHeadReader();
            var answer = whole.Read(new ReadOnlySequence<byte>(wire));
            var cut = new RequestHeadReader();
            for (var length = 0; length <= wire.Length; length += random.Next(1, 20))
            {
                cut.Read(Wire.Cut(wire.AsMemory(0, length), random.Next(1, 30)));
            }

            Assert.Equal(answer, cut.Read(Wire.Cut(wire, 11)));
            Assert.Equal(whole.Fault, cut.Fault);
            if (answer == ReadStatus.Complete)
            {
                Assert.Equal(whole.Head.Length, cut.Head.Length);
                Assert.Equal(whole.Head.Authority, cut.Head.Authority);
                Assert.Equal(whole.Head.ContentLength, cut.Head.ContentLength);
            }
        }
    }

    [Fact]
    public void ForwardsOfAnyStreamOnlyWhatWasJudged()
    {
        var random = new Random(11);
        var samples = HeadSamples.All.Where(sample => sample.Wire.Length < 400).Select(sample => sample.Wire).ToArray();
        for (var i = 0; i < 20_000; i++)
        {
            var wire = Mutate(Wire.Bytes(samples[random.Next(samples.Length)] + samples[random.Next(samples.Length)]), random);
            var whole = new RequestConversation();
            whole.Send(wire);
            var cut = new RequestConversation { SegmentBytes = random.Next(1, 40) };
            var at = random.Next(wire.Length + 1);
            cut.Send(wire[..at]);
            cut.Send(wire[at..]);

            // A fault may be found before or after what stands in front of it was forwarded; the heads are the same.
            Assert.Equal(whole.Judged, cut.Judged);
            Assert.True(whole.Forwarded.StartsWith(cut.Forwarded, StringComparison.Ordinal) || cut.Forwarded.StartsWith(whole.Forwarded, StringComparison.Ordinal));
            Assert.StartsWith(cut.Forwarded, Wire.Text(wire), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void FollowsAnyServerWithoutHarm()
    {
        var random = new Random(13);
        const string Responses = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nHTTP/1.1 101 Switching\r\n\r\n";
        for (var i = 0; i < 50_000; i++)
        {
            var stream = new RequestStream();
            stream.Advance(Wire.Whole("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"), out _);
            stream.Accept();
            var wire = Mutate(Wire.Bytes(Responses), random);
            var at = random.Next(wire.Length + 1);
            stream.Observe(wire.AsSpan(0, at));
            stream.Observe(wire.AsSpan(at));
            Assert.False(stream.IsOpaque);
        }
    }

    private static byte[] Mutate(byte[] sample, Random random)
    {
        var wire = new List<byte>(sample);
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var at = random.Next(wire.Count + 1);
            switch (random.Next(6))
            {
                case 0 when at < wire.Count:
                    wire[at] = Interesting[random.Next(Interesting.Length)];
                    break;
                case 1 when at < wire.Count:
                    wire[at] = (byte)random.Next(256);
                    break;
                case 2 when at < wire.Count:
                    wire.RemoveRange(at, Math.Min(random.Next(1, 5), wire.Count - at));
                    break;
                case 3:
                    wire.InsertRange(at, Words[random.Next(Words.Length)]);
                    break;
                case 4:
                    wire.Insert(at, Interesting[random.Next(Interesting.Length)]);
                    break;
                default:
                    wire.RemoveRange(at, random.Next(wire.Count - at + 1) / 8);
                    break;
            }
        }

        return [.. wire];
    }
}
