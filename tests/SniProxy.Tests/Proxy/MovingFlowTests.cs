using System.Collections.Immutable;
using System.Diagnostics;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Tests.Proxy;

/// <summary>Bytes that the kernel moves are looked at by nobody; what ends a flow reaches them all the same.</summary>
[Trait("Set", "correctness")]
public sealed class MovingFlowTests
{
    private const int Budget = 32_000_000;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    // Time for the second half of the budget is part of what is measured.
    [Fact]
    public async Task ASpentBudgetEndsThem()
    {
        await using var flow = await OpenFlow.StartAsync($", limits: {{ upload: {Budget / 1_000_000}MB/1h }}");
        var sending = flow.Client.SendUntilResetAsync();
        await flow.Server.ReadAsync(Budget / 2);
        var since = Stopwatch.GetTimestamp();
        Assert.True((await flow.Server.HearOutAsync()).WasReset);
        await sending;
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, 2 * Soon);
        var told = await flow.Door.NextEventAsync();
        Assert.Equal((Ending.Revoked, Reason.BudgetExceeded), (told.Ending, told.Reason));
        Assert.True(told.BytesUp >= Budget, $"{told.BytesUp} bytes were told");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ARevocationEndsThemWhereNobodyReads(bool isUpload)
    {
        await using var flow = await OpenFlow.StartAsync();
        var (sends, stalls) = flow.Ends(isUpload);
        Assert.InRange(await RelayTests.FloodAsync(sends), 1, RelayTests.FloodBytes - 1);
        var since = Stopwatch.GetTimestamp();
        flow.Door.Book.Publish(
            ImmutableDictionary<string, Policy>.Empty.Add("test", ProxyDoor.Compile("rules: []")), ImmutableDictionary<string, string>.Empty);
        var told = await flow.Door.NextEventAsync();
        Assert.Equal((Ending.Revoked, Reason.PolicyChanged), (told.Ending, told.Reason));
        await sends.SendUntilResetAsync();
        Assert.True((await stalls.HearOutAsync()).WasReset);
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, Soon);
    }
}
