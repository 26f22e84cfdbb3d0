namespace SniProxy.Tests.Proxy;

/// <summary>Whoever resets is heard to have reset, never to have ended, whatever the flow was doing.</summary>
[Trait("Set", "correctness")]
public sealed class ResetTests
{
    // Enough that a loop has left the bytes to the kernel.
    private const int Moving = 16 * 1024 * 1024;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhileTheOneWhoResetsSends(bool isClient)
    {
        await using var flow = await OpenFlow.StartAsync();
        var (resets, hears) = flow.Ends(isClient);
        Task sending = RelayTests.FloodAsync(resets);
        await hears.ReadAsync(Moving);
        resets.Reset();
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        Assert.True((await hears.HearOutAsync()).WasReset);
        await flow.AssertResetByAsync(isClient);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhileTheOtherSends(bool isClient)
    {
        await using var flow = await OpenFlow.StartAsync();
        var (resets, hears) = flow.Ends(isClient);
        var sending = hears.SendUntilResetAsync();
        await resets.ReadAsync(Moving);
        resets.Reset();
        await sending;
        await flow.AssertResetByAsync(isClient);
    }

    // The reset comes behind bytes that nobody takes: they may be lost with it, but there is no end.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhileTheOtherDoesNotRead(bool isClient)
    {
        await using var flow = await OpenFlow.StartAsync();
        var (resets, hears) = flow.Ends(isClient);
        Assert.InRange(await RelayTests.FloodAsync(resets), 1, RelayTests.FloodBytes - 1);
        resets.Reset();
        Assert.True((await hears.HearOutAsync()).WasReset);
        await flow.AssertResetByAsync(isClient);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AfterItsOwnEnd(bool isClient)
    {
        await using var flow = await OpenFlow.StartAsync();
        var (resets, hears) = flow.Ends(isClient);
        resets.Finish();
        Assert.False((await hears.HearOutAsync()).WasReset);
        resets.Reset();
        await hears.SendUntilResetAsync();
        await flow.AssertResetByAsync(isClient);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AfterTheOthersEnd(bool isClient)
    {
        await using var flow = await OpenFlow.StartAsync();
        var (resets, hears) = flow.Ends(isClient);
        hears.Finish();
        Assert.False((await resets.HearOutAsync()).WasReset);
        resets.Reset();
        Assert.True((await hears.HearOutAsync()).WasReset);
        await flow.AssertResetByAsync(isClient);
    }

    // Bytes and reset on each other's heels: whichever the appliance notices first, it must not make an end of it.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RightBehindBytes(bool isClient)
    {
        for (var round = 0; round < 25; round++)
        {
            await using var flow = await OpenFlow.StartAsync();
            var (resets, hears) = flow.Ends(isClient);
            await resets.SendAsync(new byte[round * 2_000]);
            resets.Reset();
            Assert.True((await hears.HearOutAsync()).WasReset);
            await flow.AssertResetByAsync(isClient);
        }
    }
}
