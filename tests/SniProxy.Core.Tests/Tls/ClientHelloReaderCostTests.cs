// Over 200 lines: what is measured shares its warm-up and its limits.
using System.Buffers;
using System.Diagnostics;
using System.Reflection;
using SniProxy.Core.Tls;
using SniProxy.Core.Wire;

namespace SniProxy.Core.Tests.Tls;

/// <summary>What reading may cost, and that no bytes there are make it cost more, or fail.</summary>
[Collection(nameof(CostTests))]
public sealed class ClientHelloReaderCostTests
{
    private const long MaxAllocatedBytes = 16 * 1024;

    // The name's object with its hash, and its string of 15 characters: header, method table, length, characters and their end, in steps of eight.
    private const long NameBytes = 32 + 56;

    // Code that has not run long yet is compiled without optimization, and then even the runtime's own allocates more.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan MaxByteByByte = TimeSpan.FromMilliseconds(200);

    // Code built for debugging is some five times slower, and not what runs.
    private static readonly bool IsOptimized =
        typeof(ClientHelloReader).Assembly.GetCustomAttribute<DebuggableAttribute>()?.IsJITOptimizerDisabled != true;

    private static readonly TimeSpan MaxMean = TimeSpan.FromMicroseconds(IsOptimized ? 5 : 25);
    private static readonly TimeSpan MaxOnce = TimeSpan.FromMicroseconds(IsOptimized ? 50 : 250);

    [Fact]
    public void NoMutationThrowsOrCostsMuchOrIsTakenForAHelloThatItIsNot() => Try(seed: 20260101, inputs: 200_000);

    [Fact]
    [Trait("Tier", "full")]
    public void NoneOfTwoMillionMutationsThrowsOrCostsMuchOrIsTakenForAHelloThatItIsNot() => Try(seed: 20260102, inputs: 2_000_000);

    [Fact]
    public void ReadingByteByByteCostsNoMoreThanTheBytesAreWorth()
    {
        // Some milliseconds. Walking the records from the first one again at every byte would take a thousand times as long.
        var fastest = TimeSpan.MaxValue;
        for (var round = 0; round < 5 && fastest > MaxByteByByte; round++)
        {
            var elapsed = TimeByteByByte();
            fastest = elapsed < fastest ? elapsed : fastest;
        }

        Assert.True(fastest <= MaxByteByByte, $"{fastest.TotalMilliseconds} ms");
    }

    [Theory]
    [InlineData(16384, 0)]
    [InlineData(64, 64)]
    public void AllocatesOnlyTheName(int recordSize, int early)
    {
        var wire = new ReadOnlySequence<byte>([.. ClientHelloBuilder.Records(ClientHelloBuilder.For().Message(), recordSize), .. new byte[early]]);
        using var reader = new ClientHelloReader();
        var allocated = long.MaxValue;
        for (var start = Stopwatch.GetTimestamp(); allocated > NameBytes && Stopwatch.GetElapsedTime(start) < WarmUp;)
        {
            reader.Reset();
            var before = GC.GetAllocatedBytesForCurrentThread();
            reader.Read(wire);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(ClientHelloBuilder.DefaultName, reader.Hello.ServerName?.Value);
        Assert.Equal(NameBytes, allocated);
    }

    [Fact]
    public void WaitingForMoreAllocatesNothing()
    {
        var wire = ClientHelloBuilder.For().Wire();
        using var reader = new ClientHelloReader();
        reader.Read(new ReadOnlySequence<byte>(wire, 0, 1));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var length = 2; length < wire.Length; length++)
        {
            reader.Read(new ReadOnlySequence<byte>(wire, 0, length));
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void RentsNoMoreThanWhatArrivedIsWorth()
    {
        // A length field promises 32 KiB, two records bring 20 bytes: the pool must not be asked for the promise.
        byte[] wire = [.. ClientHelloBuilder.Record(22, [1, 0, 0x7f, 0xf0, .. new byte[8]]), .. ClientHelloBuilder.Record(22, new byte[8])];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 200; i++)
        {
            // Not disposed of, as in so many connections at once.
            new ClientHelloReader().Read(new ReadOnlySequence<byte>(wire));
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 200 * 1024, 200 * 1500);
    }

    private static void Try(int seed, int inputs)
    {
        byte[][] wires = [.. HelloCases.All.Select(testCase => testCase.Wire), .. HelloSample.All.Select(sample => sample.Wire)];
        using var reader = new ClientHelloReader();
        WarmUpWith(new HelloMutator(seed: 0, wires), reader);
        var mutator = new HelloMutator(seed, wires);
        var total = TimeSpan.Zero;
        var complete = 0;
        for (var i = 0; i < inputs; i++)
        {
            var input = mutator.Next();
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var elapsed = Time(reader, input, out var status);
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            total += elapsed;
            Assert.True(allocated <= MaxAllocatedBytes, $"input {i} allocates {allocated} bytes: {Convert.ToHexString(input)}");
            Assert.True(elapsed <= MaxOnce || Fastest(reader, input) <= MaxOnce, $"input {i} takes over {MaxOnce.TotalMicroseconds} µs: {Convert.ToHexString(input)}");
            complete += status == ReadStatus.Complete ? 1 : 0;
            if (status == ReadStatus.Complete || i % 512 == 0)
            {
                AssertAgreed(input, status, reader.Hello);
            }

            if (i % 16 == 0)
            {
                AssertSameInTwoPieces(input, status, reader, i % (input.Count + 1));
            }

            reader.Reset();
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"mean {total.TotalMicroseconds / inputs:f3} µs, {complete} of {inputs} complete");
        Assert.True(total / inputs < MaxMean, $"mean {total.TotalMicroseconds / inputs} µs");
        Assert.InRange(complete, inputs / 50, inputs);
    }

    private static void WarmUpWith(HelloMutator mutator, ClientHelloReader reader)
    {
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1);)
        {
            reader.Reset();
            Time(reader, mutator.Next(), out _);
        }

        reader.Reset();
    }

    private static TimeSpan Time(ClientHelloReader reader, ArraySegment<byte> input, out ReadStatus status)
    {
        var wire = new ReadOnlySequence<byte>(input.Array ?? [], input.Offset, input.Count);
        var start = Stopwatch.GetTimestamp();
        status = reader.Read(wire);
        return Stopwatch.GetElapsedTime(start);
    }

    // Five runs, and five more each time the runtime had a moment to finish compiling: what is slow by itself stays slow.
    private static TimeSpan Fastest(ClientHelloReader reader, ArraySegment<byte> input)
    {
        var fastest = TimeSpan.MaxValue;
        for (var i = 0; i < 50 && fastest > MaxOnce; i++)
        {
            if (i > 0 && i % 5 == 0)
            {
                Thread.Sleep(200);
            }

            reader.Reset();
            var elapsed = Time(reader, input, out _);
            fastest = elapsed < fastest ? elapsed : fastest;
        }

        return fastest;
    }

    private static void AssertAgreed(ArraySegment<byte> input, ReadStatus status, in ClientHello hello)
    {
        var opinion = PlainHelloReader.Read([.. input]);
        var answer = status == ReadStatus.Complete ? hello.ServerName?.Value ?? "" : null;
        if (answer != opinion)
        {
            Assert.Fail($"'{answer}' ({status}) against '{opinion}': {Convert.ToHexString(input)}");
        }
    }

    private static void AssertSameInTwoPieces(ArraySegment<byte> input, ReadStatus expected, ClientHelloReader reader, int cut)
    {
        var (name, alert) = (reader.Hello.ServerName, reader.Alert);
        reader.Reset();
        reader.Read(new ReadOnlySequence<byte>(input.Array ?? [], input.Offset, cut));
        if (reader.Read(Segments.CutAt(input, cut)) != expected || !Equals(reader.Hello.ServerName, name) || reader.Alert != alert)
        {
            Assert.Fail($"cut at {cut} changes the verdict: {Convert.ToHexString(input)}");
        }
    }

    // 64 KiB of records of one byte each, arriving one by one.
    private static TimeSpan TimeByteByByte()
    {
        var wire = ClientHelloBuilder.Records(ClientHelloBuilder.For().PaddedTo(64 * 1024 / 6).Message(), 1);
        using var reader = new ClientHelloReader();
        var start = Stopwatch.GetTimestamp();
        for (var length = 1; length <= wire.Length; length++)
        {
            reader.Read(new ReadOnlySequence<byte>(wire, 0, length));
        }

        var elapsed = Stopwatch.GetElapsedTime(start);
        Assert.Equal(ServerNameStatus.Valid, reader.Hello.ServerNameStatus);
        return elapsed;
    }
}
