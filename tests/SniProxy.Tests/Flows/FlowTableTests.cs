using SniProxy.Core.Contract;
using SniProxy.Events;
using SniProxy.Flows;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Flows;

public sealed class FlowTableTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ShiftedClock clock = new();
    private FlowTable? opened;

    public void Dispose() => opened?.Dispose();

    [Fact]
    public void TheOverallCapCountsPlaces()
    {
        var table = Open(new FlowLimits(2, 10, 10));
        Assert.True(table.TryEnter());
        Assert.True(table.TryEnter());
        Assert.False(table.TryEnter());
        Assert.Equal(2, table.Count);
        table.Leave();
        Assert.True(table.TryEnter());
    }

    [Fact]
    public void ASandboxHasItsOwnCapAndARefusedFlowIsAFlowToo()
    {
        var table = Open(new FlowLimits(100, 2, 100));
        var first = table.Add(Box(1), out var none);
        using var second = table.Add(Box(1), out _);
        using var refused = table.Add(Box(1), out var limit);
        using var neighbour = table.Add(Box(2), out var other);
        Assert.Equal((Reason.None, Reason.ConnectionLimit, Reason.None), (none, limit, other));
        Assert.Equal(4, table.Open.Count);
        first.Dispose();
        refused.Dispose();
        using var next = table.Add(Box(1), out var again);
        Assert.Equal(Reason.None, again);
    }

    [Fact]
    public void DisposingTwiceCountsOnce()
    {
        var table = Open(new FlowLimits(100, 1, 100));
        var first = table.Add(Box(1), out _);
        first.Dispose();
        first.Dispose();
        using var second = table.Add(Box(1), out var none);
        using var third = table.Add(Box(1), out var limit);
        Assert.Equal((Reason.None, Reason.ConnectionLimit), (none, limit));
    }

    [Fact]
    public void NewFlowsComeFromABucketOfOneSecond()
    {
        var table = Open(new FlowLimits(100, 1000, 3));
        Assert.Equal([Reason.None, Reason.None, Reason.None, Reason.RateLimited], Enumerable.Range(0, 4).Select(_ => AddOne(table)));
        clock.Advance(TimeSpan.FromMilliseconds(400));
        Assert.Equal([Reason.None, Reason.RateLimited], [AddOne(table), AddOne(table)]);
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal([Reason.None, Reason.None, Reason.None, Reason.RateLimited], Enumerable.Range(0, 4).Select(_ => AddOne(table)));
    }

    [Fact]
    public async Task ADeadlineInterruptsOnceAndIsThenOver()
    {
        var table = Open();
        using var flow = table.Add(Box(1), out _);
        var interrupted = new SemaphoreSlim(0);
        flow.CarryBy(new Carrier(() => _ = interrupted.Release()));
        flow.SetDeadline(TimeSpan.FromMinutes(1));
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.True(await interrupted.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.True(flow.IsExpired);
        Assert.False(flow.IsClosed);
        flow.Expire(long.MaxValue - 1);
        Assert.Equal(0, interrupted.CurrentCount);
        flow.SetDeadline(TimeSpan.FromMinutes(1));
        Assert.False(flow.IsExpired);
    }

    [Fact]
    public void AClearedOrALaterDeadlineDoesNotInterrupt()
    {
        var table = Open();
        using var flow = table.Add(Box(1), out _);
        var interruptions = 0;
        flow.CarryBy(new Carrier(() => interruptions++));
        flow.SetDeadline(TimeSpan.FromSeconds(1));
        flow.ClearDeadline();
        flow.Expire(table.Now + 3_600_000);
        flow.SetDeadline(TimeSpan.FromHours(2));
        flow.Expire(table.Now + 3_600_000);
        Assert.Equal(0, interruptions);
    }

    [Fact]
    public void TheFirstEndingStands()
    {
        using var flow = Open().Add(Box(1), out _);
        var interruptions = 0;
        flow.CarryBy(new Carrier(() => interruptions++));
        flow.Close(Ending.Revoked);
        flow.Close(Ending.Drained);
        Assert.Equal((true, Ending.Revoked, 1), (flow.IsClosed, flow.Ending, interruptions));
    }

    [Fact]
    public void WhatWasClosedBeforeAnybodyListenedIsToldToWhoeverComes()
    {
        using var flow = Open().Add(Box(1), out _);
        flow.Close(Ending.Revoked);
        var interruptions = 0;
        flow.CarryBy(new Carrier(() => interruptions++));
        Assert.Equal(1, interruptions);
    }

    // Two threads that write one thing and read the other may both read the old value, unless they are made to agree on an order.
    [Fact]
    public async Task ClosingAndListeningAtOnceAlwaysMeet()
    {
        var table = Open(new FlowLimits(1_000_000, 1_000_000, 10_000_000));
        const int Rounds = 50_000;
        var flows = Enumerable.Range(0, Rounds).Select(round => table.Add(Box(1), out _)).ToArray();
        var told = new int[Rounds];
        using var barrier = new Barrier(2);
        var closing = Task.Factory.StartNew(() => Each(flow => flow.Close(Ending.Revoked)), TaskCreationOptions.LongRunning);
        var at = 0;
        Each(flow =>
        {
            var index = at++;
            flow.CarryBy(new Carrier(() => Interlocked.Increment(ref told[index])));
        });
        await closing;
        Assert.DoesNotContain(0, told);

        void Each(Action<Flow> action)
        {
            foreach (var batch in flows.Chunk(50))
            {
                barrier.SignalAndWait();
                foreach (var flow in batch)
                {
                    action(flow);
                }
            }
        }
    }

    [Fact]
    public void ClosesWhatThePredicateNames()
    {
        var table = Open();
        using var one = table.Add(Box(1), out _);
        using var two = table.Add(Box(2), out _);
        Assert.Equal(1, table.Close(flow => flow.Sandbox.Lifecycle == 2, Ending.Revoked));
        Assert.Equal((false, true), (one.IsClosed, two.IsClosed));
    }

    [Fact]
    public async Task LoadsOfSandboxesThatAreGoneAreForgotten()
    {
        var table = Open();
        for (var i = 0; i < 1000; i++)
        {
            table.Add(Box(i), out _).Dispose();
        }

        using var live = table.Add(Box(5000), out _);
        Assert.Equal(1001, table.LoadCount);
        await FallsToOneAsync(() => table.LoadCount);
    }

    [Fact]
    public async Task LoadsByRuleOfSandboxesThatAreGoneAreForgotten()
    {
        var table = Open();
        var rule = Proxy.ProxyDoor.Compile("rules: [{ allow: [good.example], limits: { connections: 5 } }]").Rules[0];
        for (var i = 0; i < 100; i++)
        {
            using var gone = table.Add(Box(i), out _);
            Assert.Equal(Reason.None, table.TryCharge(gone, "p", rule, isEnforced: true));
        }

        using var live = table.Add(Box(5000), out _);
        table.TryCharge(live, "p", rule, isEnforced: true);
        Assert.Equal(101, table.RuleLoadCount);
        await FallsToOneAsync(() => table.RuleLoadCount);
    }

    [Fact]
    public async Task WaitsUntilEmptyAndNotLonger()
    {
        var table = Open();
        table.TryEnter();
        await table.WaitUntilEmptyAsync(TimeSpan.FromMilliseconds(50));
        Assert.Equal(1, table.Count);
        var waiting = table.WaitUntilEmptyAsync(TimeSpan.FromHours(1));
        table.Leave();
        await waiting.WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void CountsBytes()
    {
        using var flow = Open().Add(Box(1), out _);
        Parallel.For(0, 1000, _ =>
        {
            flow.CountUp(3);
            flow.CountDown(5);
        });
        Assert.Equal((3000L, 5000L), (flow.BytesUp, flow.BytesDown));
    }

    // What is idle is forgotten by a sweep.
    private async Task FallsToOneAsync(Func<int> count)
    {
        clock.Advance(TimeSpan.FromMinutes(1));
        using var patience = new CancellationTokenSource(Patience);
        while (count() > 1)
        {
            await Task.Delay(20, patience.Token);
        }

        Assert.Equal(1, count());
    }

    private FlowTable Open(FlowLimits? limits = null) => opened = new FlowTable(limits ?? new FlowLimits(10_000, 10_000, 10_000), new EventIds(clock), clock);

    private static Reason AddOne(FlowTable table)
    {
        using var flow = table.Add(Box(1), out var refusal);
        return refusal;
    }

    private static Sandbox Box(long lifecycle) => new() { Id = $"box{lifecycle}", Lifecycle = lifecycle };

    private sealed class Carrier(Action interrupt) : IFlowCarrier
    {
        public void Interrupt() => interrupt();
    }
}
