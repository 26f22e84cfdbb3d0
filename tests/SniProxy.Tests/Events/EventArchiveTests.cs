using SniProxy.Core.Contract;
using SniProxy.Events;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Events;

public sealed class EventArchiveTests : IDisposable
{
    private const int MaxFileBytes = 10_000;

    private static readonly EventOptions Small = new() { MaxFileBytes = MaxFileBytes, KeptFiles = 1_000 };

    private readonly TempFolder folder = new();
    private readonly ShiftedClock clock = new();

    private string Current => folder.File("events.jsonl");

    private EventArchive Archive => new(Current);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void AChainGoesOnOverFilesOfBoundedLength()
    {
        Append(200);
        var away = Archive.Files();
        Assert.InRange(away.Count, 10, 100);
        Assert.All(away.Append(Current), file => Assert.InRange(new FileInfo(file).Length, 1, MaxFileBytes));
        Assert.Equal(new ChainReport(true, 1, 200, 200, null), EventChain.VerifyAll(Current));
        Assert.EndsWith($"events.{LastOf(away[0]):D12}.jsonl", away[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ALogPutsItsFileAwayAndLosesNothing()
    {
        await using (var log = new EventLog(Current, options: Small))
        {
            for (var i = 0; i < 1_000; i++)
            {
                log.Record(Sample.Denied(i));
                if (i % 10 == 0)
                {
                    await log.FlushAsync(TestContext.Current.CancellationToken);
                }
            }
        }

        Assert.NotEmpty(Archive.Files());
        Assert.Equal(new ChainReport(true, 1, 1_000, 1_000, null), EventChain.VerifyAll(Current));
    }

    // A rename is all that happens at once; whatever comes after it may be cut off by a crash.
    [Theory]
    [InlineData("put away, and nothing begun")]
    [InlineData("put away, and an empty file begun")]
    [InlineData("put away, and the first line torn")]
    public void AChainGoesOnAfterACrashInBetween(string crash)
    {
        Append(5);
        Archive.PutAway(5);
        if (!crash.EndsWith("nothing begun", StringComparison.Ordinal))
        {
            File.WriteAllText(Current, crash.EndsWith("torn", StringComparison.Ordinal) ? "{\"seq\":6,\"prev\":\"" : "");
        }

        Append(3);
        Assert.Equal(new ChainReport(true, 1, 8, 8, null), EventChain.VerifyAll(Current));
        Assert.Single(Archive.Files());
    }

    [Fact]
    public void KeepsSoManyFilesAtMost()
    {
        Append(200, new EventOptions { MaxFileBytes = MaxFileBytes, KeptFiles = 3 });
        Assert.Equal(3, Archive.Files().Count);
        var report = EventChain.VerifyAll(Current);
        Assert.Equal((true, 200L), (report.IsWhole, report.Last));
        Assert.InRange(report.First, 100, 190);
    }

    [Fact]
    public void AFileIsPutAwayAfterADayAndDeletedAfterTheRetention()
    {
        var options = new EventOptions { Retention = TimeSpan.FromDays(3) };
        using var file = new EventFile(Current, options, clock);
        Assert.Null(file.TryAppend([Sample.Denied(1)]));
        file.Age();
        Assert.Empty(Archive.Files());

        clock.Advance(TimeSpan.FromDays(1));
        file.Age();
        Assert.Single(Archive.Files());
        clock.Advance(TimeSpan.FromDays(1));
        file.Age();
        Assert.Single(Archive.Files());
        clock.Advance(TimeSpan.FromDays(1.1));
        file.Age();
        Assert.Empty(Archive.Files());

        Assert.Null(file.TryAppend([Sample.Denied(2)]));
        Assert.Equal(new ChainReport(true, 2, 2, 1, null), EventChain.VerifyAll(Current));
    }

    [Fact]
    public void WhatLiesBesideItIsLeftAlone()
    {
        string[] others = ["events.old.jsonl", "events.jsonl.1", "events.-5.jsonl", "other.000000000001.jsonl", "events.000000000001.txt"];
        foreach (var other in others)
        {
            File.WriteAllText(folder.File(other), "not ours");
        }

        Append(200, new EventOptions { MaxFileBytes = MaxFileBytes, KeptFiles = 1 });
        Assert.All(others, other => Assert.True(File.Exists(folder.File(other)), other));
        Assert.Single(Archive.Files());
    }

    [Fact]
    public void AFileThatCannotBePutAwayGrowsOnAndSaysSo()
    {
        Append(1);
        Directory.CreateDirectory(folder.File("events.000000000001.jsonl"));
        using var file = new EventFile(Current, new EventOptions { MaxFileBytes = 10 }, clock);
        Assert.Null(file.TryAppend([Sample.Denied(2)]));
        Assert.Contains("cannot be put away", file.TakeRemark(), StringComparison.Ordinal);
        Assert.Equal(2, File.ReadAllLines(Current).Length);

        clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(file.TryAppend([Sample.Denied(3)]));
        Assert.Single(File.ReadAllLines(Current));
    }

    [Fact]
    public void AFileTakenFromTheMiddleIsFound()
    {
        Append(200);
        var away = Archive.Files();
        File.Delete(away[1]);
        var report = EventChain.VerifyAll(Current);
        Assert.Equal((false, 1L, away[2]), (report.IsWhole, report.Lines, report.File));
        Assert.Contains("lines were removed", report.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void ALineChangedInAFileThatWasPutAwayIsFound()
    {
        Append(200);
        var away = Archive.Files();
        File.WriteAllText(away[3], File.ReadAllText(away[3]).Replace("evil", "good", StringComparison.Ordinal));
        var report = EventChain.VerifyAll(Current);
        Assert.Equal((false, 1L, away[3]), (report.IsWhole, report.Lines, report.File));
    }

    // Else what is put away from then on would be taken for the oldest, and deleted first.
    [Fact]
    public void NumbersGoOnBehindAFileWhoseEndWasChanged()
    {
        Append(200);
        var newest = Archive.Newest().Last;
        File.WriteAllText(Current, "not ours\n");
        Append(200);
        Assert.True(Archive.Newest().Last > newest);
        Assert.False(EventChain.VerifyAll(Current).IsWhole);
    }

    private static long LastOf(string file) => long.Parse(File.ReadAllLines(file)[^1].Split(':', ',')[1], System.Globalization.CultureInfo.InvariantCulture);

    private void Append(int count, EventOptions? options = null)
    {
        using var file = new EventFile(Current, options ?? Small, clock);
        for (var i = 0; i < count; i++)
        {
            Assert.Null(file.TryAppend([Sample.Denied(i)]));
        }
    }
}
