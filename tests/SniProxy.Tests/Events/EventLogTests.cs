using System.Text.Json;
using SniProxy.Core.Contract;
using SniProxy.Events;

namespace SniProxy.Tests.Events;

public sealed class EventLogTests : IDisposable
{
    private static readonly EventLimits Small = new()
    {
        Queue = 100,
        QueueForAllowed = 75,
        Folded = 10,
        RetryAfter = TimeSpan.FromMilliseconds(5),
        StopTimeout = TimeSpan.FromSeconds(1),
    };

    private readonly TempFolder folder = new();

    [Fact]
    public async Task KeepsOrCountsEveryEventOfEightThreads()
    {
        const int perThread = 12_500;
        var path = folder.File("events.jsonl");
        long dropped;
        // All of them in one file, however few of them give way.
        await using (var log = new EventLog(path, options: new EventOptions { MaxFileBytes = int.MaxValue }))
        {
            var threads = Enumerable.Range(0, 8).Select(t => new Thread(() =>
            {
                for (var i = 0; i < perThread; i++)
                {
                    log.Record(i % 2 == 0 ? Sample.Allowed(i) : Sample.Denied(i, $"host{i % 50}.example", sandbox: $"s{t}"));
                }
            })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
            await log.FlushAsync();
            dropped = log.Metrics.Dropped(Decision.Allow);
            Assert.Equal(0, log.Metrics.Dropped(Decision.Deny));
        }

        var written = await ReadAsync(path);
        Assert.Equal(8 * perThread / 2, written.Where(e => e.Verdict == "deny").Sum(e => e.Count));
        Assert.Equal((8 * perThread / 2) - dropped, written.Where(e => e.Verdict == "allow").Sum(e => e.Count));
        await using var stream = File.OpenRead(path);
        Assert.Equal(new ChainReport(true, 1, written.Count, written.Count, null), EventChain.Verify(stream));
    }

    [Fact]
    public async Task NeverDropsADenialWhileNothingCanBeWritten()
    {
        // The folder of the file cannot be made as long as a file of its name stands there.
        var path = folder.File("blocked/events.jsonl");
        await File.WriteAllTextAsync(folder.File("blocked"), string.Empty);
        await using (var log = new EventLog(path, Small))
        {
            for (var i = 0; i < 1_000; i++)
            {
                log.Record(Sample.Allowed(i));
                log.Record(Sample.Denied(i, $"host{i % 5}.example"));
            }

            Assert.False(log.IsOverloaded);
            Assert.True(log.Metrics.Dropped(Decision.Allow) >= 925);
            Assert.Equal(0, log.Metrics.Dropped(Decision.Deny));
            File.Delete(folder.File("blocked"));
            await log.FlushAsync();
        }

        var written = await ReadAsync(path);
        Assert.Equal(1_000, written.Where(e => e.Verdict == "deny").Sum(e => e.Count));
        Assert.All(Enumerable.Range(0, 5), i => Assert.Equal(200, written.Where(e => e.Name == $"host{i}.example").Sum(e => e.Count)));
    }

    [Fact]
    public async Task AQuarterOfTheQueueIsForDenialsAlone()
    {
        var path = folder.File("blocked/events.jsonl");
        await File.WriteAllTextAsync(folder.File("blocked"), string.Empty);
        await using (var log = new EventLog(path, Small))
        {
            for (var i = 0; i < 1_000; i++)
            {
                log.Record(Sample.Allowed(i));
            }

            Assert.Equal(925, log.Metrics.Dropped(Decision.Allow));
            for (var i = 0; i < 25; i++)
            {
                log.Record(Sample.Denied(i, "host.example"));
            }

            File.Delete(folder.File("blocked"));
            await log.FlushAsync();
        }

        var written = await ReadAsync(path);
        Assert.Equal((75, 25), (written.Count(e => e.Verdict == "allow"), written.Count(e => e is { Verdict: "deny", Count: 1 })));
    }

    [Fact]
    public async Task IsOverloadedWhenNothingMoreCanBeKeptAndStillCountsDenials()
    {
        var path = folder.File("blocked/events.jsonl");
        await File.WriteAllTextAsync(folder.File("blocked"), string.Empty);
        await using (var log = new EventLog(path, Small))
        {
            for (var i = 0; i < 1_000; i++)
            {
                log.Record(Sample.Denied(i, $"host{i}.example"));
            }

            Assert.True(log.IsOverloaded);
            File.Delete(folder.File("blocked"));
            await log.FlushAsync();
            Assert.False(log.IsOverloaded);
        }

        var written = await ReadAsync(path);
        Assert.Equal(1_000, written.Sum(e => e.Count));
        Assert.Contains(written, e => e is { Name: null, Count: > 800 });
    }

    [Fact]
    public async Task GoesOnWhenTheDiskIsFull()
    {
        var seen = new List<string>();
        await using var log = new EventLog("/dev/full", Small);
        log.Recorded += flowEvent => seen.Add(flowEvent.Id);
        for (var i = 0; i < 5_000; i++)
        {
            log.Record(Sample.Denied(i));
        }

        Assert.Equal(5_000, seen.Count);
        Assert.Equal("D4999", seen[^1]);
        Assert.Equal(101, log.Waiting);
    }

    [Fact]
    public async Task ContinuesItsChainOverARestart()
    {
        var path = folder.File("events.jsonl");
        for (var start = 0; start < 3; start++)
        {
            await using var log = new EventLog(path);
            log.Record(Sample.Denied(start));
            log.Record(Sample.Allowed(start));
        }

        await using var stream = File.OpenRead(path);
        Assert.Equal(new ChainReport(true, 1, 6, 6, null), EventChain.Verify(stream));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(500)]
    public async Task CutsOffALineThatACrashTore(int cut)
    {
        var path = folder.File("events.jsonl");
        await RecordAsync(path, 3);
        await using (var torn = File.OpenWrite(path))
        {
            torn.SetLength(torn.Length - cut);
        }

        await RecordAsync(path, 2);
        await using var stream = File.OpenRead(path);
        Assert.Equal(new ChainReport(true, 1, 4, 4, null), EventChain.Verify(stream));
    }

    [Fact]
    public async Task WritesWhatWasCountedBeforeItEnds()
    {
        var path = folder.File("events.jsonl");
        var seen = new List<FlowEvent>();
        await using (var log = new EventLog(path, clock: new SteppedClock()))
        {
            log.Recorded += seen.Add;
            for (var i = 0; i < 1_000; i++)
            {
                log.RecordRefusal(7, Sample.Denied(i, reason: Reason.RateLimited));
            }

            Assert.Single(seen);
        }

        Assert.Equal([1, 999], (await ReadAsync(path)).Select(line => line.Count));
    }

    [Fact]
    public async Task IsReadableByItsGroupAtMost()
    {
        var path = folder.File("events.jsonl");
        await RecordAsync(path, 1);
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead));
    }

    [Fact]
    public async Task TellsWhoeverListensWithoutAFile()
    {
        await using var log = new EventLog();
        var seen = new List<string>();
        log.Recorded += flowEvent => seen.Add(flowEvent.Id);
        log.Recorded += _ => throw new InvalidOperationException("a reader that fails");
        log.Record(Sample.Allowed(1));
        log.Record(Sample.Denied(2));
        await log.FlushAsync();
        Assert.Equal(["A1", "D2"], seen);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("events.jsonl", "/data/events.jsonl")]
    [InlineData("/var/log/e.jsonl", "/var/log/e.jsonl")]
    public void FindsTheFileInTheDataFolder(string? configured, string? expected) =>
        Assert.Equal(expected, EventLog.PathFor(new EventOptions { JsonLines = configured }, "/data"));

    public void Dispose() => folder.Dispose();

    private static async Task RecordAsync(string path, int count)
    {
        await using var log = new EventLog(path);
        for (var i = 0; i < count; i++)
        {
            log.Record(Sample.Denied(i));
        }
    }

    private static async Task<List<Line>> ReadAsync(string path)
    {
        var lines = new List<Line>();
        await foreach (var text in File.ReadLinesAsync(path))
        {
            using var json = JsonDocument.Parse(text);
            var root = json.RootElement;
            lines.Add(new Line(root.GetProperty("verdict").GetString(), root.GetProperty("name").GetString(), root.GetProperty("count").GetInt64()));
        }

        return lines;
    }

    private sealed record Line(string? Verdict, string? Name, long Count);
}
