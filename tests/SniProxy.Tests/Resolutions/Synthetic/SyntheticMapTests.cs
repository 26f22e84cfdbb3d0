using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Resolutions.Synthetic;
using SniProxy.Storage;
using SniProxy.Tests.Events;

namespace SniProxy.Tests.Resolutions.Synthetic;

/// <summary>Which addresses stand for which names, for whom and for how long.</summary>
public sealed class SyntheticMapTests : IAsyncDisposable
{
    private static readonly Sandbox Dev = SyntheticUnderTest.Box("dev", 1, "10.77.0.2");
    private static readonly Sandbox Other = SyntheticUnderTest.Box("other", 2, "10.77.0.3");
    private static readonly TimeSpan SixMinutes = TimeSpan.FromMinutes(6);

    private readonly FailingStore disk = new();
    private readonly SyntheticUnderTest under;

    public SyntheticMapTests() => under = new SyntheticUnderTest(disk);

    public async ValueTask DisposeAsync()
    {
        await under.DisposeAsync();
        disk.Dispose();
    }

    [Fact]
    public async Task ANameHasOneAddressOfEachFamilyAndKeepsIt()
    {
        var first = await under.AskAsync(Dev, "a.example");
        Assert.Equal("198.18.0.1 fd98:18::1", first);
        Assert.Equal("198.18.0.2 fd98:18::2", await under.AskAsync(Dev, "b.example"));
        under.Clock.Advance(TimeSpan.FromDays(30));
        Assert.Equal(first, await under.AskAsync(Dev, "a.example"));
        Assert.Equal(("a.example", "a.example"), (under.NameOf(Dev, "198.18.0.1"), under.NameOf(Dev, "fd98:18::1")));
        Assert.Equal("b.example", under.NameOf(Dev, "fd98:18::2"));
    }

    [Fact]
    public async Task TwoSandboxesMayHaveTheSameAddressForDifferentNames()
    {
        Assert.Equal(await under.AskAsync(Dev, "a.example"), await under.AskAsync(Other, "b.example"));
        Assert.Equal(("a.example", "b.example"), (under.NameOf(Dev, "198.18.0.1"), under.NameOf(Other, "198.18.0.1")));
        Assert.Null(under.NameOf(SyntheticUnderTest.Box("third", 3), "198.18.0.1"));
    }

    [Theory]
    [InlineData("198.18.0.0")]
    [InlineData("198.18.0.2")]
    [InlineData("198.19.255.255")]
    [InlineData("198.20.0.1")]
    [InlineData("fd98:18::")]
    [InlineData("fd98:18::2")]
    [InlineData("fd98:18::ffff:ffff:ffff:ffff")]
    [InlineData("fd98:18:0:1::1")]
    [InlineData("203.0.113.1")]
    public async Task AnyOtherAddressStandsForNothing(string address)
    {
        await under.AskAsync(Dev, "a.example");
        Assert.Null(under.NameOf(Dev, address));
        Assert.Null(under.Hold(Dev, "a.example", address));
    }

    [Fact]
    public async Task AFullQuotaGivesNothingAndTakesNothing()
    {
        await under.RestartAsync(SyntheticUnderTest.Usual with { NamesPerSandbox = 3 });
        var given = new[] { await under.AskAsync(Dev, "n0.example"), await under.AskAsync(Dev, "n1.example"), await under.AskAsync(Dev, "n2.example") };
        for (var i = 3; i < 50; i++)
        {
            Assert.Equal("Full", await under.AskAsync(Dev, $"n{i}.example"));
        }

        Assert.Equal(given, new[] { await under.AskAsync(Dev, "n0.example"), await under.AskAsync(Dev, "n1.example"), await under.AskAsync(Dev, "n2.example") });
        Assert.Equal("198.18.0.1 fd98:18::1", await under.AskAsync(Other, "n7.example"));
    }

    [Theory]
    [InlineData("198.18.0.0/29", 6)]
    [InlineData("198.18.0.0/31", 2)]
    [InlineData("198.18.0.8/32", 1)]
    [InlineData("fd98:18::/126", 3)]
    [InlineData("fd98:18::/64 198.18.0.0/30", 2)]
    [InlineData("198.18.0.0/30 198.19.0.0/30", 4)]
    public async Task AnExhaustedPoolGivesNothing(string blocks, int capacity)
    {
        await under.RestartAsync(SyntheticUnderTest.PoolOf(65_536, blocks.Split(' ')));
        var given = new HashSet<string>();
        for (var i = 0; i < capacity; i++)
        {
            var address = await under.AskAsync(Dev, $"n{i}.example");
            Assert.True(given.Add(address) && address != "Full", address);
            Assert.All(address.Split(' '), one => Assert.Equal($"n{i}.example", under.NameOf(Dev, one)));
        }

        Assert.Equal("Full", await under.AskAsync(Dev, "more.example"));
        Assert.Equal(capacity, under.Map.Pool.Capacity);
    }

    [Fact]
    public async Task AnAddressIsGivenToAnotherNameSixMinutesAfterItsLastAnswer()
    {
        await under.RestartAsync(SyntheticUnderTest.Usual with { NamesPerSandbox = 2 });
        var a = await under.AskAsync(Dev, "a.example");
        under.Clock.Advance(TimeSpan.FromMinutes(3));
        var b = await under.AskAsync(Dev, "b.example");
        under.Clock.Advance(TimeSpan.FromMinutes(3) - TimeSpan.FromSeconds(2));
        Assert.Equal("Full", await under.AskAsync(Dev, "c.example"));

        under.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(a, await under.AskAsync(Dev, "c.example"));
        Assert.Equal("c.example", under.NameOf(Dev, a.Split(' ')[0]));

        // The first one has to wait now for b.example, which is asked for once more and so waits longer.
        under.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(b, await under.AskAsync(Dev, "b.example"));
        under.Clock.Advance(TimeSpan.FromMinutes(4) - TimeSpan.FromSeconds(1));
        Assert.Equal("Full", await under.AskAsync(Dev, "a.example"));
        under.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(a, await under.AskAsync(Dev, "a.example"));
    }

    [Fact]
    public async Task AnAddressThatAFlowUsesIsGivenToNobodyElse()
    {
        await under.RestartAsync(SyntheticUnderTest.Usual with { NamesPerSandbox = 1 });
        var address = (await under.AskAsync(Dev, "a.example")).Split(' ')[0];
        var flow = under.Hold(Dev, "a.example", address);
        var second = under.Hold(Dev, "a.example", address);
        Assert.NotNull(flow);
        Assert.Null(under.Hold(Dev, "b.example", address));
        under.Clock.Advance(TimeSpan.FromHours(5));
        Assert.Equal("Full", await under.AskAsync(Dev, "b.example"));

        flow.Dispose();
        flow.Dispose();
        Assert.Equal("Full", await under.AskAsync(Dev, "b.example"));
        second?.Dispose();
        Assert.Equal(address, (await under.AskAsync(Dev, "b.example")).Split(' ')[0]);
        Assert.Null(under.Hold(Dev, "a.example", address));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhatWasAnsweredMeansTheSameAfterARestart(bool isKilled)
    {
        using var folder = new TempFolder();
        using var store = new SqliteStore(SqliteStore.PathIn(folder.Path));
        await using var stored = new SyntheticUnderTest(store);
        var answers = new Dictionary<string, string>();
        for (var i = 0; i < 300; i++)
        {
            answers[$"n{i}.example"] = await stored.AskAsync(Dev, $"n{i}.example");
        }

        var neighbour = await stored.AskAsync(Other, "other.example");
        for (var life = 0; life < 2; life++)
        {
            if (isKilled)
            {
                stored.Kill();
            }
            else
            {
                await stored.RestartAsync();
            }

            // Lifecycles are counted anew by each start; the client connects before it asks anything.
            Assert.Equal("n7.example", stored.NameOf(Dev with { Lifecycle = 50 }, answers["n7.example"].Split(' ')[1]));
            foreach (var (name, address) in answers)
            {
                Assert.Equal(address, await stored.AskAsync(Dev with { Lifecycle = 50 }, name));
            }

            Assert.Equal(neighbour, await stored.AskAsync(Other with { Lifecycle = 51 }, "other.example"));
            var added = await stored.AskAsync(Dev with { Lifecycle = 50 }, $"new{life}.example");
            Assert.DoesNotContain(added, answers.Values);
            answers.Add($"new{life}.example", added);
        }
    }

    [Fact]
    public async Task OfAnAddressThatWasGivenAnewTheSecondNameStandsAfterAKill()
    {
        await under.RestartAsync(SyntheticUnderTest.Usual with { NamesPerSandbox = 1 });
        var address = (await under.AskAsync(Dev, "a.example")).Split(' ')[0];
        under.Clock.Advance(SixMinutes);
        Assert.StartsWith(address, await under.AskAsync(Dev, "b.example"), StringComparison.Ordinal);
        under.Kill();
        Assert.Equal("b.example", under.NameOf(Dev, address));
        Assert.Equal("Full", await under.AskAsync(Dev, "a.example"));
    }

    [Fact]
    public async Task WithoutAStoreNewNamesAreAnsweredOnlyWhereARestartCannotMixThemUp()
    {
        var a = await under.AskAsync(Dev, "a.example");
        disk.IsFailing = true;
        Assert.Equal(a, await under.AskAsync(Dev, "a.example"));
        var lost = await under.AskAsync(Dev, "lost.example");
        Assert.Equal("198.18.0.2 fd98:18::2", lost);
        Assert.Equal("lost.example", under.NameOf(Dev, "198.18.0.2"));
        Assert.Equal("NotStored", await under.AskAsync(Other, "first.example"));
        Assert.Null(under.NameOf(Other, "198.18.0.1"));

        under.Kill();
        disk.IsFailing = false;
        Assert.Equal((null, "a.example"), (under.NameOf(Dev, "198.18.0.2"), under.NameOf(Dev, "198.18.0.1")));
        var others = new HashSet<string>();
        for (var i = 0; i < 400; i++)
        {
            Assert.True(others.Add(await under.AskAsync(Dev, $"n{i}.example")));
        }

        Assert.DoesNotContain(lost, others);
    }

    [Fact]
    public async Task WhatCouldNotBeStoredIsStoredLater()
    {
        await under.AskAsync(Dev, "a.example");
        disk.IsFailing = true;
        var late = await under.AskAsync(Dev, "late.example");
        disk.IsFailing = false;
        await under.RestartAsync();
        Assert.Equal(late, await under.AskAsync(Dev, "late.example"));
    }

    [Fact]
    public async Task AnAddressThatIsGivenAnewIsNotAnsweredBeforeItIsStored()
    {
        await under.RestartAsync(SyntheticUnderTest.PoolOf(1, "198.18.0.0/24"));
        var address = (await under.AskAsync(Dev, "a.example")).Split(' ')[0];
        under.Clock.Advance(SixMinutes);
        disk.IsFailing = true;
        Assert.Equal("NotStored", await under.AskAsync(Dev, "b.example"));
        Assert.Null(under.NameOf(Dev, address));
        disk.IsFailing = false;
        Assert.StartsWith(address, await under.AskAsync(Dev, "b.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NobodyWaitsLongForAStoreThatHangs()
    {
        disk.Gate.Reset();
        var asked = under.AskAsync(Dev, "a.example");
        Assert.Equal("NotStored", await asked.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Null(under.NameOf(Dev, "198.18.0.1"));
        disk.Gate.Set();
        Assert.Equal("198.18.0.1 fd98:18::1", await under.AskAsync(Dev, "a.example"));
    }

    [Fact]
    public async Task ManyNewNamesAreStoredTogether()
    {
        await under.AskAsync(Dev, "first.example");
        var before = disk.Writes;
        disk.Gate.Reset();
        var asked = Enumerable.Range(0, 500).Select(i => under.AskAsync(Dev, $"n{i}.example")).ToList();
        disk.Gate.Set();
        Assert.Equal(500, (await Task.WhenAll(asked)).Distinct().Count());
        Assert.InRange(disk.Writes - before, 1, 20);
    }

    [Fact]
    public async Task EverythingEndsWithTheSandboxesLife()
    {
        var address = (await under.AskAsync(Dev, "a.example")).Split(' ')[0];
        await under.AskAsync(Other, "b.example");
        under.Map.Forget(Dev);
        var next = Dev with { Lifecycle = 9 };
        Assert.Null(under.NameOf(next, address));
        Assert.Equal(address, (await under.AskAsync(next, "other.example")).Split(' ')[0]);
        under.Kill();
        Assert.Equal(("other.example", "b.example"), (under.NameOf(next, address), under.NameOf(Other, address)));
        under.Map.Forget(next);
        under.Kill();
        Assert.Null(under.NameOf(next, address));
        Assert.Equal("b.example", under.NameOf(Other, address));
    }

    // Its question was judged before the life ended, and takes an address after: whoever has the sandbox's addresses next must not find it.
    [Fact]
    public async Task ALifeThatHasEndedTakesNoAddressAnyMore()
    {
        var next = Dev with { Lifecycle = 9 };
        under.Map.Forget(Dev);
        await under.AskAsync(next, "own.example");
        Assert.Equal("Full", await under.AskAsync(Dev, "late.example"));
        Assert.Null(under.NameOf(Dev, "198.18.0.1"));
        under.Kill();
        Assert.Equal("own.example", under.NameOf(next, "198.18.0.1"));
    }

    [Fact]
    public async Task ALifeThatEndsBeforeAnybodyWasHeardOfSinceTheStartEndsAsWell()
    {
        var address = (await under.AskAsync(Dev, "a.example")).Split(' ')[0];
        await under.RestartAsync();
        under.Map.Forget(Dev);
        under.Kill();
        Assert.Null(under.NameOf(Dev, address));
    }

    [Fact]
    public async Task ASandboxThatGotOtherAddressesMeanwhileIsSomebodyElse()
    {
        var address = (await under.AskAsync(Dev, "a.example")).Split(' ')[0];
        await under.RestartAsync();
        var moved = SyntheticUnderTest.Box("dev", 1, "10.77.0.9");
        Assert.Null(under.NameOf(moved, address));
        under.Kill();
        Assert.Null(under.NameOf(Dev, address));
    }

    [Fact]
    public async Task AnotherPoolMakesNoAddressMeanSomethingElse()
    {
        await under.RestartAsync(SyntheticUnderTest.PoolOf(65_536, "198.18.0.0/24"));
        Assert.Equal("198.18.0.1", await under.AskAsync(Dev, "a.example"));
        Assert.Equal("198.18.0.2", await under.AskAsync(Dev, "b.example"));
        await under.RestartAsync(SyntheticUnderTest.PoolOf(65_536, "198.18.0.0/29"));
        Assert.Null(under.NameOf(Dev, "198.18.0.1"));
        Assert.Equal("198.18.0.3", await under.AskAsync(Dev, "c.example"));
        Assert.Equal("198.18.0.4", await under.AskAsync(Dev, "a.example"));
        Assert.Equal("198.18.0.5", await under.AskAsync(Dev, "d.example"));
        Assert.Equal("198.18.0.6", await under.AskAsync(Dev, "e.example"));
        Assert.Equal("Full", await under.AskAsync(Dev, "f.example"));
        under.Clock.Advance(SixMinutes);
        Assert.Contains(await under.AskAsync(Dev, "f.example"), new[] { "198.18.0.1", "198.18.0.2" });
    }

    [Fact]
    public async Task ASmallerQuotaTakesNothingAway()
    {
        var (a, b) = (await under.AskAsync(Dev, "a.example"), await under.AskAsync(Dev, "b.example"));
        await under.RestartAsync(SyntheticUnderTest.Usual with { NamesPerSandbox = 1 });
        Assert.Equal((a, b), (await under.AskAsync(Dev, "a.example"), await under.AskAsync(Dev, "b.example")));
        Assert.Equal("Full", await under.AskAsync(Dev, "c.example"));
    }

    [Fact]
    public async Task ADamagedDocumentEndsTheStart()
    {
        await under.AskAsync(Dev, "a.example");
        var document = Assert.Single(disk.List("synthetic"));
        disk.Apply([new StoreChange("synthetic", document.Id, "{\"sandbox\":1}"u8.ToArray())], "test");
        Assert.Contains("cannot be read", Assert.Throws<StoreException>(() => under.Kill()).Message, StringComparison.Ordinal);
        disk.Apply([new StoreChange("synthetic", document.Id, null)], "test");
    }

    // Two who asked at once wait for two batches; the second one's failure takes nothing from the first one's answer.
    [Fact]
    public void ANameThatWasAnsweredStaysWhereALaterBatchFails()
    {
        Assert.Equal(CidrSyntax.Valid, Cidr.TryParse("198.18.0.0/24", out var block));
        var box = SyntheticUnderTest.Box("box", 7, "10.77.0.2");
        var names = new SyntheticNames(new StoredNames(SyntheticLife.Of(box)), new SyntheticPool([block]), quota: 10, TimeProvider.System);
        var name = names.Assign(Wire.Host("a.example"));
        Assert.NotNull(name);
        Assert.False(name.IsAnswered);

        Assert.True(names.Confirm(name, isStored: true));
        Assert.True(names.Confirm(name, isStored: false));
        Assert.Equal("a.example", names.NameOf(name.Slot)?.Value);
    }

    [Fact]
    public async Task WhoeverIsUnknownSharesOneLife()
    {
        var someone = new Sandbox { Id = "192.0.2.1", Lifecycle = 0, IsKnown = false };
        var address = await under.AskAsync(someone, "a.example");
        Assert.Equal(address, await under.AskAsync(someone with { Id = "192.0.2.2" }, "a.example"));
        await under.RestartAsync();
        Assert.Equal("a.example", under.NameOf(someone with { Id = "192.0.2.3" }, address.Split(' ')[0]));
        Assert.Null(under.NameOf(SyntheticUnderTest.Box("192.0.2.1", 5), address.Split(' ')[0]));
    }
}
