using SniProxy.Core.Contract;
using static SniProxy.Tests.Sandboxes.RegistryUnderTest;

namespace SniProxy.Tests.Sandboxes;

/// <summary>What sandboxes are said to have done.</summary>
public sealed class SignalTests
{
    [Fact]
    public void CountsForThisLifeAndNoLonger()
    {
        using var under = new RegistryUnderTest([Box("dev", null, "10.77.0.2")]);
        var before = under.Find("10.77.0.2");
        Assert.NotNull(under.Registry.GiveSignal("dev", "read", "test"));
        Assert.Equal(["read"], NamesOf(under.Find("10.77.0.2")));
        Assert.Equal(before.Lifecycle, under.Find("10.77.0.2").Lifecycle);
        Assert.Equal([before], under.Changes);
        Assert.Equal(["read"], NamesOf(under.Registry.Put(Box("dev", null, "10.77.0.2") with { Policy = "ci" }, "test")));
        Assert.Empty(NamesOf(under.Registry.Put(Box("dev", null, "10.77.0.3"), "test")));
        Assert.Null(under.Registry.GiveSignal("nobody", "read", "test"));
    }

    [Fact]
    public void GivenAgainItBeginsAnew()
    {
        using var under = new RegistryUnderTest([Box("dev", null, "10.77.0.2")]);
        var first = Assert.Single(Give(under, "read"));
        under.Clock.Advance(TimeSpan.FromMinutes(1));
        var second = Assert.Single(Give(under, "read"));
        Assert.InRange(second.At - first.At, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2));
    }

    [Fact]
    public void ThoseThatNoRuleCanAskForAnyMoreMakeRoom()
    {
        using var under = new RegistryUnderTest([Box("dev", null, "10.77.0.2")]);
        for (var i = 0; i < Signal.MaxOfSandbox; i++)
        {
            Assert.Equal(i + 1, Give(under, $"s{i}").Count);
        }

        Assert.Null(under.Registry.GiveSignal("dev", "more", "test"));
        Assert.Equal(Signal.MaxOfSandbox, Give(under, "s5").Count);
        under.Clock.Advance(TimeSpan.FromDays(7));
        Assert.Equal("more", Assert.Single(Give(under, "more")).Name);
    }

    [Fact]
    public void KeepsItsAgeOverARestart()
    {
        using var under = new RegistryUnderTest([Box("dev", null, "10.77.0.2")]);
        var given = Assert.Single(Give(under, "read"));
        under.Clock.Advance(TimeSpan.FromMinutes(3));
        under.Restart();
        var restored = Assert.Single(under.Find("10.77.0.2").Signals);
        Assert.Equal(("read", given.Time), (restored.Name, restored.Time));
        Assert.InRange(under.Clock.GetElapsedTime(0) - restored.At, TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(4));
        under.Clock.Advance(TimeSpan.FromDays(7));
        under.Restart();
        Assert.Empty(under.Find("10.77.0.2").Signals);
    }

    [Fact]
    public void AClockThatWasSetBackMakesItNoOlder()
    {
        using var under = new RegistryUnderTest([Box("dev", null, "10.77.0.2")]);
        under.Clock.Advance(TimeSpan.FromDays(1));
        Give(under, "read");
        under.Clock.Advance(TimeSpan.FromDays(-1));
        under.Restart();
        Assert.InRange(under.Clock.GetElapsedTime(0) - Assert.Single(under.Find("10.77.0.2").Signals).At, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void OneThatABindingMadeKeepsItsSignals()
    {
        using var under = new RegistryUnderTest(null, By("ci", "10.77.0.0/16"));
        var made = under.Find("10.77.0.9");
        Assert.NotNull(under.Registry.GiveSignal(made.Id, "read", "test"));
        var after = under.Find("10.77.0.9");
        Assert.Equal((made.Lifecycle, "ci"), (after.Lifecycle, after.BoundPolicy));
        Assert.Equal(["read"], NamesOf(after));
    }

    private static IReadOnlyList<Signal> Give(RegistryUnderTest under, string name)
    {
        var given = under.Registry.GiveSignal("dev", name, "test");
        Assert.NotNull(given);
        return given.Signals;
    }

    private static IEnumerable<string> NamesOf(Sandbox sandbox) => sandbox.Signals.Select(signal => signal.Name);
}
