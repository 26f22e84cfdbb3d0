using SniProxy.Core.Contract;
using SniProxy.Events;

namespace SniProxy.Tests.Events;

public sealed class RefusalTallyTests : IAsyncDisposable
{
    private readonly SteppedClock clock = new();
    private readonly List<FlowEvent> told = [];
    private readonly RefusalTally tally;

    public RefusalTallyTests() => tally = new RefusalTally(maxKinds: 3, told.Add, clock);

    private IEnumerable<long> Counts => told.Select(one => one.Count);

    [Fact]
    public void TellsTheFirstAtOnceAndTheOthersAtTheEndOfTheSecond()
    {
        Add(1, 100);
        Assert.Equal([1], Counts);
        clock.Tick();
        Assert.Equal([1, 99], Counts);
        Assert.Equal("D1", told[1].Id);
        Assert.Equal(98_000, told[1].DurationMs);
    }

    [Fact]
    public void AFloodWritesOneEventASecond()
    {
        for (var second = 0; second < 60; second++)
        {
            Add(1, 1_000);
            clock.Tick();
        }

        Assert.Equal((61, 60_000), (told.Count, Counts.Sum()));
    }

    [Fact]
    public void AfterAQuietSecondTheNextOneIsToldAtOnceAgain()
    {
        Add(1, 1);
        clock.Tick();
        Assert.False(clock.IsArmed);
        Add(1, 1);
        Assert.Equal([1, 1], Counts);
    }

    [Fact]
    public void KeepsSourcesAndReasonsApart()
    {
        Add(1, 10);
        Add(2, 20);
        Add(1, 30, Reason.ConnectionLimit);
        clock.Tick();
        Assert.Equal([1, 1, 1, 9, 19, 29], Counts);
        Assert.Equal(["box1", "box2", "box1"], told.Skip(3).Select(one => one.Sandbox));
    }

    [Fact]
    public void CountsTogetherWhatAreTooManySourcesToKeepApart()
    {
        for (var source = 0; source < 10_000; source++)
        {
            Add(source, 2);
        }

        clock.Tick();
        Assert.Equal(20_000, Counts.Sum());
        Assert.Equal(4 + 4, told.Count);
        Assert.Null(told[^1].Sandbox);
        Assert.Equal((2 * 9_997) - 1, told[^1].Count);
    }

    [Fact]
    public async Task LosesNothingAtTheEnd()
    {
        Add(1, 10);
        await tally.DisposeAsync();
        Add(1, 5);
        Assert.Equal([1, 9, 1, 1, 1, 1, 1], Counts);
    }

    [Fact]
    public async Task CountsExactlyWhileEightThreadsRefuseAndTheSecondsPass()
    {
        const int perThread = 50_000;
        long sum = 0;
        await using (var log = new RefusalTally(8, one => Interlocked.Add(ref sum, one.Count), clock))
        {
            var threads = Enumerable.Range(0, 8).Select(t => new Thread(() =>
            {
                for (var i = 0; i < perThread; i++)
                {
                    log.Add(t % 3, Sample.Denied(i, reason: Reason.RateLimited));
                    if (i % 100 == 0)
                    {
                        clock.Tick();
                    }
                }
            })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
        }

        Assert.Equal(8 * perThread, sum);
    }

    public ValueTask DisposeAsync() => tally.DisposeAsync();

    private void Add(int source, int times, Reason reason = Reason.RateLimited)
    {
        for (var i = 0; i < times; i++)
        {
            tally.Add(source, Sample.Denied(i, reason: reason, sandbox: $"box{source}"));
        }
    }
}
