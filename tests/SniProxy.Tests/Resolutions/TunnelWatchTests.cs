using SniProxy.Core.Names;
using SniProxy.Resolutions;
using SniProxy.Resolutions.Tunnelling;

namespace SniProxy.Tests.Resolutions;

/// <summary>Which names under one suffix are too many for one sandbox.</summary>
[Collection(nameof(WholeHeap))]
public sealed class TunnelWatchTests
{
    private const long Sandbox = 1;

    private static readonly PublicSuffixes Suffixes = PublicSuffixes.Parse("example\nco.uk");

    private readonly ShiftedClock clock = new();
    private readonly TunnelWatch watch;

    public TunnelWatchTests() => watch = new TunnelWatch(new TunnelOptions(), () => Suffixes, clock);

    [Fact]
    public void TellsPastTheLimitAndDeniesPastThreeTimesIt()
    {
        var stages = Ordinary("cdn.example", 301).ToList();

        Assert.All(stages[..100], stage => Assert.Equal(TunnelStage.Quiet, stage));
        Assert.All(stages[100..300], stage => Assert.Equal(TunnelStage.Told, stage));
        Assert.Equal(TunnelStage.Denied, stages[300]);
    }

    [Theory]
    [InlineData("a2345678901234567890123456789012345678901")] // 41
    [InlineData("abcdefghijklmnopqrstuvw")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaa")]
    public void ThirtyOddNamesAreATunnel(string odd)
    {
        var stages = Enumerable.Range(0, 31).Select(i => Ask($"{i}.{odd}.tunnel.example")).ToList();

        Assert.Equal((TunnelStage.Quiet, TunnelStage.Told, TunnelStage.Told, TunnelStage.Denied), (stages[9], stages[10], stages[29], stages[30]));
    }

    [Theory]
    [InlineData("a234567890123456789012345678901234567890")] // 40
    [InlineData("0123456789abcdef0123456789abcdef")] // 4 bits
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaa")]
    public void WhatIsJustWithinTheLimitsIsOrdinary(string ordinary) =>
        Assert.All(Enumerable.Range(0, 100), i => Assert.Equal(TunnelStage.Quiet, Ask($"{i}.{ordinary}.cdn.example")));

    [Fact]
    public void OddIsSaidOfWhatStandsBeforeTheSuffix() =>
        Assert.All(Enumerable.Range(0, 100), i => Assert.Equal(TunnelStage.Quiet, Ask($"{i}.abcdefghijklmnopqrstuvw.example")));

    [Fact]
    public void ANameCountsOnceHoweverOftenItIsAsked()
    {
        for (var round = 0; round < 5; round++)
        {
            Assert.All(Ordinary("cdn.example", 100), stage => Assert.Equal(TunnelStage.Quiet, stage));
        }
    }

    [Fact]
    public void NamesOfTenMinutesAgoAreForgotten()
    {
        Assert.All(Ordinary("cdn.example", 100), stage => Assert.Equal(TunnelStage.Quiet, stage));
        clock.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(TunnelStage.Told, Ask("one-more.cdn.example"));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.All(Ordinary("cdn.example", 99), stage => Assert.Equal(TunnelStage.Quiet, stage));
    }

    [Fact]
    public void NamesOfTenMinutesAgoCountWhenTheyComeAgain()
    {
        _ = Ordinary("cdn.example", 100).ToList();
        clock.Advance(TimeSpan.FromMinutes(10));
        var again = Ordinary("cdn.example", 101).ToList();

        Assert.Equal((TunnelStage.Quiet, TunnelStage.Told), (again[99], again[100]));
    }

    // Late answers to what was asked before.
    [Fact]
    public void WhatIsHeardDuringADenialDoesNotCountAfterIt()
    {
        var findings = Enumerable.Range(0, 100).Select(i => watch.Ask(Sandbox, Wire.Host($"none-{i}.cdn.example"))).ToList();
        _ = Ordinary("cdn.example", 201).ToList();
        Assert.Equal(TunnelStage.Denied, Ask("one-more.cdn.example"));
        clock.Advance(TimeSpan.FromSeconds(590));
        findings.ForEach(finding => TunnelWatch.Note(finding, hasLeft: true, ResolutionStatus.NxDomain));
        clock.Advance(TimeSpan.FromSeconds(11));

        Assert.All(Ordinary("cdn.example", 100), stage => Assert.Equal(TunnelStage.Quiet, stage));
    }

    [Fact]
    public void QuestionsAreCountedOverTheEdgeOfAMinuteAndNotOverADenial()
    {
        var hurried = new TunnelWatch(new TunnelOptions { DenyFor = TimeSpan.FromSeconds(10) }, () => Suffixes, clock);
        TunnelStage AskOften(int times)
        {
            var stage = TunnelStage.Quiet;
            for (var i = 0; i < times; i++)
            {
                var finding = hurried.Ask(Sandbox, Wire.Host("www.cdn.example"));
                TunnelWatch.Note(finding, hasLeft: true, ResolutionStatus.Found);
                stage = finding.Stage;
            }

            return stage;
        }

        AskOften(1);
        clock.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(TunnelStage.Quiet, AskOften(250));
        clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(TunnelStage.Told, AskOften(200));

        Assert.Equal(TunnelStage.Denied, AskOften(700));
        clock.Advance(TimeSpan.FromSeconds(11));
        Assert.NotEqual(TunnelStage.Denied, AskOften(1));
    }

    [Fact]
    public void ADenialLastsTenMinutesFromItsBeginningAndStartsAnew()
    {
        _ = Ordinary("cdn.example", 301).ToList();
        clock.Advance(TimeSpan.FromSeconds(599));
        Assert.Equal(TunnelStage.Denied, Ask("name-1.cdn.example"));
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.All(Ordinary("cdn.example", 100), stage => Assert.Equal(TunnelStage.Quiet, stage));
    }

    [Fact]
    public void DeniesTheSuffixToThatSandboxAndNothingElse()
    {
        _ = Ordinary("shop.co.uk", 301).ToList();

        Assert.Equal(TunnelStage.Denied, Ask("www.shop.co.uk"));
        Assert.Equal(TunnelStage.Quiet, Ask("www.other.co.uk"));
        Assert.Equal(TunnelStage.Quiet, watch.Ask(2, Wire.Host("www.shop.co.uk")).Stage);
        watch.Forget(Sandbox);
        Assert.Equal(TunnelStage.Quiet, Ask("www.shop.co.uk"));
    }

    [Fact]
    public void NamesThatDoNotExistCountTwice()
    {
        for (var i = 0; i < 150; i++)
        {
            var finding = watch.Ask(Sandbox, Wire.Host($"none-{i}.cdn.example"));
            Assert.Equal(i <= 49 ? TunnelStage.Quiet : TunnelStage.Told, finding.Stage);
            TunnelWatch.Note(finding, hasLeft: true, ResolutionStatus.NxDomain);
        }

        Assert.Equal(TunnelStage.Denied, Ask("one-more.cdn.example"));
    }

    [Fact]
    public void ATypeThatOnlyCarriesIsToldOfAfterAFewNames()
    {
        var stages = Enumerable.Range(0, 5).Select(i => watch.Ask(Sandbox, Wire.Host($"v{i}.tunnel.example"), isUnneededType: true).Stage);

        Assert.Equal([TunnelStage.Quiet, TunnelStage.Quiet, TunnelStage.Quiet, TunnelStage.Quiet, TunnelStage.Told], stages);
    }

    [Fact]
    public void QuestionsThatLeaveAreCountedByTheMinute()
    {
        var seen = new List<TunnelStage>();
        for (var i = 0; i < 902; i++)
        {
            var finding = watch.Ask(Sandbox, Wire.Host($"name-{i % 10}.cdn.example"));
            seen.Add(finding.Stage);
            TunnelWatch.Note(finding, hasLeft: true, ResolutionStatus.Found);
        }

        Assert.Equal((TunnelStage.Quiet, TunnelStage.Told, TunnelStage.Told, TunnelStage.Denied), (seen[300], seen[301], seen[900], seen[901]));
    }

    [Fact]
    public void QuestionsOfTheCacheAreNotAndThoseOfAMinuteAgoNeither()
    {
        for (var i = 0; i < 2000; i++)
        {
            var finding = watch.Ask(Sandbox, Wire.Host("www.cdn.example"));
            Assert.Equal(TunnelStage.Quiet, finding.Stage);
            TunnelWatch.Note(finding, hasLeft: i % 10 == 0, ResolutionStatus.Found);
            clock.Advance(TimeSpan.FromMilliseconds(50));
        }
    }

    /// <summary>A sandbox that goes from suffix to suffix holds no more here than its share, and what goes out under those without a place is still seen.</summary>
    [Fact]
    public void ManySuffixesNeitherGrowItNorHideATunnel()
    {
        for (var i = 0; i < 20_000; i++)
        {
            Assert.Equal(TunnelStage.Quiet, Ask($"www.site-{i}.example"));
        }

        // A fresh suffix for each piece of data, as whoever owns many of them would take it.
        var stages = Enumerable.Range(0, 31).Select(i => Ask($"abcdefghijklmnopqrstuvw.fresh-{i}.example")).ToList();
        Assert.Equal(TunnelStage.Denied, stages[30]);
        Assert.Equal(TunnelStage.Denied, Ask("www.site-19999.example"));
        Assert.Equal(TunnelStage.Quiet, Ask("www.site-0.example"));

        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(TunnelStage.Quiet, Ask("www.site-19999.example"));
    }

    [Fact]
    public void ASuffixThatNobodyAskedForTenMinutesMakesRoomForAnother()
    {
        for (var i = 0; i < WatchedSuffixes.MaxSuffixes; i++)
        {
            Ask($"www.site-{i}.example");
        }

        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(TunnelStage.Told, Ordinary("fresh.example", 101).ToList()[^1]);
    }

    [Fact]
    public void SandboxesThatAskNoMoreTakeNoRoom()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var name = Wire.Host("www.cdn.example");
        for (var sandbox = 0; sandbox < 50_000; sandbox++)
        {
            watch.Ask(sandbox, name);
            if (sandbox % 500 == 0)
            {
                clock.Advance(TimeSpan.FromMinutes(11));
            }
        }

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 10_000_000);
    }

    /// <summary>What this thread allocates for it is more than what is kept.</summary>
    [Fact]
    public void HoldsABoundedAmountForASandboxThatDoesItsWorst()
    {
        var worst = Enumerable.Range(0, 300).SelectMany(i => Enumerable.Range(0, WatchedSuffixes.MaxSuffixes).Select(j => Wire.Host($"n{i}.s{j}.example"))).ToArray();
        var further = Enumerable.Range(0, 10_000).Select(i => Wire.Host($"www.further-{i}.example")).ToArray();
        Ask("warm.example");
        watch.Forget(Sandbox);

        Assert.InRange(AllocatedFor(worst), 1, 4_000_000);
        Assert.Equal(0, AllocatedFor(further));
    }

    [Fact]
    public void AllocatesNothingForWhatItHasSeen()
    {
        var name = Wire.Host("www.cdn.example");
        TunnelWatch.Note(watch.Ask(Sandbox, name), hasLeft: true, ResolutionStatus.Found);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            TunnelWatch.Note(watch.Ask(Sandbox, name), hasLeft: false, ResolutionStatus.Found);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void SaysWhatItSaw()
    {
        _ = Enumerable.Range(0, 31).Select(i => Ask($"{i}.abcdefghijklmnopqrstuvw.tunnel.example")).ToList();
        var said = watch.Describe(Sandbox, Wire.Host("x.tunnel.example"));

        Assert.Contains("under tunnel.example 31 names in ten minutes, 31 of them odd", said, StringComparison.Ordinal);
        Assert.StartsWith("a tunnel, denied for ", said, StringComparison.Ordinal);
    }

    private long AllocatedFor(HostName[] names)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var name in names)
        {
            watch.Ask(Sandbox, name);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private TunnelStage Ask(string name) => watch.Ask(Sandbox, Wire.Host(name)).Stage;

    private IEnumerable<TunnelStage> Ordinary(string suffix, int count) => Enumerable.Range(0, count).Select(i => Ask($"name-{i}.{suffix}"));
}
