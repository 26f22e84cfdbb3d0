using SniProxy.Enforcement;

namespace SniProxy.Tests.Enforcement;

public sealed class AddressChangesTests
{
    private const string Added = "127.77.0.1/32";

    [Fact]
    public async Task AnAddressThatComesOrGoesIsTold()
    {
        using var told = new SemaphoreSlim(0);
        using var changes = new AddressChanges(() => told.Release());
        try
        {
            await ExternalCommand.DemandAsync(["ip", "addr", "add", Added, "dev", "lo"], null, TestContext.Current.CancellationToken);
            Assert.True(await told.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken));
        }
        finally
        {
            await ExternalCommand.DemandAsync(["ip", "addr", "del", Added, "dev", "lo"], null, CancellationToken.None);
        }

        Assert.True(await told.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken));
    }

    /// <summary>A run ends while its own interface goes: letting go and being told must not wait for each other.</summary>
    [Fact]
    public async Task LettingGoWhileItIsToldEnds()
    {
        using var entered = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        var changes = new AddressChanges(() =>
        {
            entered.Set();
            leave.Wait(TimeSpan.FromSeconds(5));
        });
        await ExternalCommand.DemandAsync(["ip", "addr", "add", "127.77.0.2/32", "dev", "lo"], null, TestContext.Current.CancellationToken);
        await ExternalCommand.DemandAsync(["ip", "addr", "del", "127.77.0.2/32", "dev", "lo"], null, CancellationToken.None);
        Assert.True(entered.Wait(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken));
        var disposed = Task.Run(changes.Dispose, TestContext.Current.CancellationToken);
        leave.Set();
        await disposed.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
    }
}
