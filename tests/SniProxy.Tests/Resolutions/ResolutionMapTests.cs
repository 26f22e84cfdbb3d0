using SniProxy.Core.Addresses;
using SniProxy.Core.Names;
using SniProxy.Resolutions;

namespace SniProxy.Tests.Resolutions;

[Collection(nameof(WholeHeap))]
public sealed class ResolutionMapTests
{
    private const long Lifecycle = 7;

    private static readonly HostName Good = Wire.Host("good.example");
    private static readonly HostName Other = Wire.Host("other.example");
    private static readonly Address First = Address.FromIPv4(0xcb007101);
    private static readonly Address Second = Address.FromIPv4(0xcb007102);

    private readonly ShiftedClock clock = new();
    private readonly ResolutionMap map;

    public ResolutionMapTests() => map = new ResolutionMap(clock);

    [Fact]
    public void BindsManyNamesToManyAddressesOfOneSandboxOnly()
    {
        map.Learn(Lifecycle, Good, [First, Second], TimeSpan.FromSeconds(60));
        map.Learn(Lifecycle, Other, [First], TimeSpan.FromSeconds(60));

        Assert.True(map.IsBound(Lifecycle, Good, Second));
        Assert.True(map.IsBound(Lifecycle, Other, First));
        Assert.False(map.IsBound(Lifecycle, Other, Second));
        Assert.False(map.IsBound(Lifecycle + 1, Good, First));
        Assert.Equal(["good.example", "other.example"], NamesOf(First).Order());
        Assert.Equal(["good.example"], NamesOf(Second));
    }

    [Fact]
    public void EndsFiveMinutesAfterTheTtl()
    {
        map.Learn(Lifecycle, Good, [First], TimeSpan.FromSeconds(60));
        clock.Advance(TimeSpan.FromSeconds(355));
        Assert.True(map.IsBound(Lifecycle, Good, First));

        clock.Advance(TimeSpan.FromSeconds(6));
        Assert.False(map.IsBound(Lifecycle, Good, First));
        Assert.Empty(NamesOf(First));
        Assert.Null(map.Hold(Lifecycle, Good, First));
    }

    [Fact]
    public void LivesOnWhileAFlowUsesIt()
    {
        map.Learn(Lifecycle, Good, [First], TimeSpan.FromSeconds(1));
        map.Learn(Lifecycle, Other, [First], TimeSpan.FromSeconds(1));
        var flow = map.Hold(Lifecycle, Good, First);
        var second = map.Hold(Lifecycle, Good, First);
        clock.Advance(TimeSpan.FromHours(5));
        map.Learn(Lifecycle, Wire.Host("sweeps.example"), [Second], TimeSpan.FromSeconds(1));

        Assert.True(map.IsBound(Lifecycle, Good, First));
        Assert.False(map.IsBound(Lifecycle, Other, First));

        flow?.Dispose();
        flow?.Dispose();
        Assert.True(map.IsBound(Lifecycle, Good, First));
        second?.Dispose();
        Assert.False(map.IsBound(Lifecycle, Good, First));
    }

    [Fact]
    public void HoldsEveryNameOfAnAddressForAFlowWithoutAName()
    {
        map.Learn(Lifecycle, Good, [First], TimeSpan.FromSeconds(1));
        map.Learn(Lifecycle, Other, [First], TimeSpan.FromSeconds(1));
        using var flow = map.Hold(Lifecycle, null, First);
        clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal(2, NamesOf(First).Length);
    }

    [Fact]
    public void IsRenewedByAnotherAnswerAndNeverShortened()
    {
        map.Learn(Lifecycle, Good, [First], TimeSpan.FromSeconds(60));
        map.Learn(Lifecycle, Good, [First], TimeSpan.FromSeconds(1));
        clock.Advance(TimeSpan.FromSeconds(350));
        Assert.True(map.IsBound(Lifecycle, Good, First));

        map.Learn(Lifecycle, Good, [First], TimeSpan.FromSeconds(60));
        clock.Advance(TimeSpan.FromSeconds(350));
        Assert.True(map.IsBound(Lifecycle, Good, First));
    }

    [Fact]
    public void KeepsAThousandAddressesOfANameAndNeverDropsOneInUse()
    {
        map.Learn(Lifecycle, Good, [First], TimeSpan.FromSeconds(60));
        using var flow = map.Hold(Lifecycle, Good, First);
        map.Learn(Lifecycle, Good, [.. Enumerable.Range(0, 2000).Select(i => Address.FromIPv4(0x0a000000 + (uint)i))], TimeSpan.FromSeconds(60));

        Assert.True(map.IsBound(Lifecycle, Good, First));
        Assert.False(map.IsBound(Lifecycle, Good, Address.FromIPv4(0x0a000000)));
        Assert.False(map.IsBound(Lifecycle, Good, Address.FromIPv4(0x0a000000 + 1000)));
        Assert.True(map.IsBound(Lifecycle, Good, Address.FromIPv4(0x0a000000 + 1001)));
        Assert.True(map.IsBound(Lifecycle, Good, Address.FromIPv4(0x0a000000 + 1999)));
    }

    [Fact]
    public void BoundsWhatOneSandboxMayHold()
    {
        map.Learn(Lifecycle, Good, [First], TimeSpan.FromSeconds(60));
        using var flow = map.Hold(Lifecycle, Good, First);
        map.Learn(Lifecycle, Other, [First], TimeSpan.FromSeconds(60));
        for (var i = 0; i < SandboxBindings.MaxBindings; i++)
        {
            map.Learn(Lifecycle, Wire.Host($"n{i}.example"), [Second], TimeSpan.FromSeconds(60));
        }

        Assert.True(map.IsBound(Lifecycle, Good, First));
        Assert.False(map.IsBound(Lifecycle, Other, First));
        Assert.Equal(SandboxBindings.MaxBindings - 1, map.NamesOf(Lifecycle, Second, []));
    }

    [Fact]
    public void ANameThatIsFullTakesNothingFromOthers()
    {
        map.Learn(Lifecycle, Other, [First], TimeSpan.FromSeconds(60));
        for (var i = 0; i <= SandboxBindings.MaxAddressesPerName; i++)
        {
            map.Learn(Lifecycle, Good, [Address.FromIPv4((uint)(0x0a000000 + i))], TimeSpan.FromSeconds(60));
        }

        Assert.True(map.IsBound(Lifecycle, Other, First));
        Assert.False(map.IsBound(Lifecycle, Good, Address.FromIPv4(0x0a000000)));
    }

    [Fact]
    public void WhatIsAnsweredAgainIsNotTheOldest()
    {
        for (var i = 0; i < SandboxBindings.MaxAddressesPerName; i++)
        {
            map.Learn(Lifecycle, Good, [Address.FromIPv4((uint)(0x0a000000 + i))], TimeSpan.FromSeconds(60));
        }

        clock.Advance(TimeSpan.FromSeconds(30));
        map.Learn(Lifecycle, Good, [Address.FromIPv4(0x0a000000)], TimeSpan.FromSeconds(60));
        map.Learn(Lifecycle, Good, [First], TimeSpan.FromSeconds(60));

        Assert.True(map.IsBound(Lifecycle, Good, Address.FromIPv4(0x0a000000)));
        Assert.False(map.IsBound(Lifecycle, Good, Address.FromIPv4(0x0a000001)));
    }

    [Fact]
    public void DropsNamesInAnyOrderAndThoseThatFlowsUseOnlyWhereToldTo()
    {
        var third = Wire.Host("third.example");
        foreach (var name in new[] { Good, Other, third })
        {
            map.Learn(Lifecycle, name, [First], TimeSpan.FromSeconds(60));
        }

        using var flow = map.Hold(Lifecycle, third, First);
        map.Drop(Lifecycle, name => name.Equals(Other), isHeldToo: false);
        map.Drop(Lifecycle, name => !name.Equals(Other), isHeldToo: false);
        Assert.Equal(["third.example"], NamesOf(First));

        map.Drop(Lifecycle, _ => true, isHeldToo: true);
        Assert.Empty(NamesOf(First));
    }

    // The first is in use, which must not keep those behind it.
    [Fact]
    public void WhatHasEndedTakesNoRoom()
    {
        const int names = 50_000;
        map.Learn(Lifecycle, Good, [First], TimeSpan.FromSeconds(1));
        using var flow = map.Hold(Lifecycle, Good, First);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < names; i++)
        {
            map.Learn(Lifecycle, Wire.Host($"n{i}.example"), [Second], TimeSpan.FromSeconds(1));
        }

        var full = GC.GetTotalMemory(forceFullCollection: true) - before;
        clock.Advance(TimeSpan.FromMinutes(10));
        map.Learn(Lifecycle, Other, [Second], TimeSpan.FromSeconds(1));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, full / 2);
        Assert.True(map.IsBound(Lifecycle, Good, First));
    }

    [Fact]
    public void ForgetsAFinishedSandbox()
    {
        map.Learn(Lifecycle, Good, [First], TimeSpan.FromSeconds(60));
        var flow = map.Hold(Lifecycle, Good, First);
        map.Forget(Lifecycle);

        Assert.False(map.IsBound(Lifecycle, Good, First));
        flow?.Dispose();
        Assert.Equal(0, map.NamesOf(Lifecycle, First, []));
    }

    [Fact]
    public void LooksUpWithoutAllocating()
    {
        map.Learn(Lifecycle, Good, [First], TimeSpan.FromSeconds(60));
        var names = new HostName[4];
        var found = Look(names);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            found += Look(names);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(101, found);
    }

    [Fact]
    public void StaysConsistentUnderRandomUse()
    {
        var random = new Random(4711);
        var names = Enumerable.Range(0, 20).Select(i => Wire.Host($"n{i}.example")).ToArray();
        var model = new Dictionary<(HostName, Address), TimeSpan>();
        var holds = new List<(ResolutionHold Hold, HostName Name, Address Address)>();
        var now = TimeSpan.Zero;
        for (var step = 0; step < 20_000; step++)
        {
            var name = names[random.Next(names.Length)];
            var address = Address.FromIPv4((uint)random.Next(30));
            switch (random.Next(4))
            {
                case 0:
                    map.Learn(Lifecycle, name, [address], TimeSpan.FromSeconds(60));
                    model[(name, address)] = now + TimeSpan.FromSeconds(360);
                    break;
                case 1 when map.Hold(Lifecycle, name, address) is { } hold:
                    holds.Add((hold, name, address));
                    break;
                case 2 when holds.Count > 0:
                    holds[0].Hold.Dispose();
                    holds.RemoveAt(0);
                    break;
                default:
                    var by = TimeSpan.FromSeconds(random.Next(30) + 0.5);
                    clock.Advance(by);
                    now += by;
                    break;
            }

            // The real clock runs on beside the shift, so a binding that is just about to end is not asked for.
            var end = model.GetValueOrDefault((name, address));
            var isHeld = holds.Any(hold => hold.Name.Equals(name) && hold.Address == address);
            if (isHeld || Math.Abs((end - now).TotalSeconds) > 5)
            {
                Assert.Equal(isHeld || end > now, map.IsBound(Lifecycle, name, address));
            }
        }
    }

    private int Look(HostName[] names) => map.IsBound(Lifecycle, Good, First) ? map.NamesOf(Lifecycle, First, names) : 0;

    private string[] NamesOf(Address address)
    {
        var names = new HostName[8];
        var count = map.NamesOf(Lifecycle, address, names);
        return [.. names.Take(count).Select(name => name.Value)];
    }
}
