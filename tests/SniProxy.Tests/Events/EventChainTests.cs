using System.Text;
using SniProxy.Events;

namespace SniProxy.Tests.Events;

public sealed class EventChainTests : IDisposable
{
    private readonly TempFolder folder = new();

    [Fact]
    public async Task FindsEveryChangedByte()
    {
        var bytes = await WriteAsync(3);
        for (var i = 0; i < bytes.Length; i++)
        {
            var changed = bytes.ToArray();
            changed[i] ^= 1;
            Assert.False(Verify(changed).IsWhole, $"byte {i} was changed unnoticed");
        }
    }

    [Fact]
    public async Task FindsARemovedLine()
    {
        var lines = await LinesAsync(4);
        var report = Verify([lines[0], lines[2], lines[3]]);
        Assert.False(report.IsWhole);
        Assert.Equal(2, report.Lines);
        Assert.Contains("number 3 and does not follow number 1", report.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FindsMovedLines()
    {
        var lines = await LinesAsync(4);
        Assert.False(Verify([lines[0], lines[2], lines[1], lines[3]]).IsWhole);
    }

    [Fact]
    public async Task FindsARepeatedLine()
    {
        var lines = await LinesAsync(2);
        Assert.False(Verify([lines[0], lines[1], lines[1]]).IsWhole);
    }

    [Fact]
    public async Task FindsALineOfAnotherChain()
    {
        var lines = await LinesAsync(3);
        var others = await LinesAsync(3, first: 10);
        Assert.False(Verify([lines[0], others[1], lines[2]]).IsWhole);
    }

    [Fact]
    public async Task AcceptsAChainWhoseBeginningWasPutAway()
    {
        var lines = await LinesAsync(4);
        Assert.Equal(new ChainReport(true, 3, 4, 2, null), Verify([lines[2], lines[3]]));
    }

    [Fact]
    public void AcceptsAnEmptyFile() => Assert.True(Verify(Array.Empty<byte>()).IsWhole);

    [Fact]
    public async Task FindsATornLastLine()
    {
        var bytes = await WriteAsync(2);
        Assert.False(Verify(bytes[..^1]).IsWhole);
    }

    public void Dispose() => folder.Dispose();

    private static ChainReport Verify(byte[] bytes) => EventChain.Verify(new MemoryStream(bytes));

    private static ChainReport Verify(string[] lines) => Verify(Encoding.UTF8.GetBytes(string.Join('\n', lines) + '\n'));

    private async Task<string[]> LinesAsync(int count, int first = 0) =>
        Encoding.UTF8.GetString(await WriteAsync(count, first)).TrimEnd('\n').Split('\n');

    private async Task<byte[]> WriteAsync(int count, int first = 0)
    {
        var path = folder.File(Guid.NewGuid() + ".jsonl");
        await using (var log = new EventLog(path))
        {
            for (var i = 0; i < count; i++)
            {
                log.Record(Sample.Denied(first + i));
            }
        }

        return await File.ReadAllBytesAsync(path);
    }
}
