using SniProxy.Events;

namespace SniProxy.Tests.Events;

public sealed class EventIdsTests
{
    [Fact]
    public void SortsInTheOrderOfMakingFromManyThreads()
    {
        var ids = new EventIds(TimeProvider.System);
        var made = new string[4][];
        Parallel.For(0, made.Length, i => made[i] = [.. Enumerable.Range(0, 20_000).Select(_ => ids.Next())]);

        Assert.All(made, run => Assert.Equal(run.Order(StringComparer.Ordinal), run));
        Assert.Equal(80_000, made.SelectMany(run => run).Distinct().Count());
    }

    [Fact]
    public void IsTwentySixLettersOfCrockfordsAlphabet()
    {
        var id = new EventIds(TimeProvider.System).Next();

        Assert.Equal(26, id.Length);
        Assert.DoesNotContain(id, letter => !"0123456789ABCDEFGHJKMNPQRSTVWXYZ".Contains(letter));
    }

    [Fact]
    public void StaysInOrderWhenTheClockIsSetBack()
    {
        var clock = new SteppingClock(DateTimeOffset.UnixEpoch.AddDays(20_000));
        var ids = new EventIds(clock);
        var before = ids.Next();
        clock.Now -= TimeSpan.FromHours(1);

        Assert.True(string.CompareOrdinal(before, ids.Next()) < 0);
    }

    private sealed class SteppingClock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
