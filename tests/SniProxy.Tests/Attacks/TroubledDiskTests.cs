using System.Diagnostics;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Policies;
using SniProxy.Tests.Proxy;
using SniProxy.Tests.Storage;

namespace SniProxy.Tests.Attacks;

/// <summary>A sandbox with a grant for a number of connections opens them as fast as it may, on a disk that takes its time or fails.</summary>
public sealed class TroubledDiskTests
{
    [Fact]
    public async Task WhatCannotBeCountedIsDeniedAndToldSo()
    {
        using var origin = new Origin();
        var store = new TroubledStore();
        await using var door = await ProxyDoor.OpenAsync("rules: []", new DoorPlan { Store = store });
        Assert.True(EntryReader.TryRead($"good.example:{origin.Port}", isAllow: true, out var entry, out _));
        door.Grants.Add(new GrantOrder { Sandbox = ProxyDoor.SandboxId, Lifecycle = door.Sandbox.Lifecycle, Entries = [entry], Ttl = TimeSpan.FromHours(1), MaxUses = 1 }, "test", isAdmin: false);
        store.IsDown = true;
        var request = $"GET http://good.example:{origin.Port}/ HTTP/1.1\r\nHost: good.example:{origin.Port}\r\n\r\n";
        using var client = await door.ConnectAsync(request);
        Assert.True((await client.HearOutAsync()).WasReset);
        using var reached = await origin.AcceptAsync();
        Assert.Empty((await reached.HearOutAsync()).Text);
        var told = await door.NextEventAsync();
        Assert.Equal((Decision.Deny, Reason.Overloaded, Ending.Fault), (told.Verdict, told.Reason, told.Ending));

        // And holds nothing: once the disk is back, all uses are there.
        store.IsDown = false;
        while (door.Flows.Count > 0)
        {
            await Task.Yield();
        }

        using var next = await door.ConnectAsync(request);
        using var served = await origin.AcceptAsync();
        Assert.StartsWith("GET ", await served.ReadHeadAsync(), StringComparison.Ordinal);
    }

    // Deadlines and the API live on the same pool of threads.
    [Fact]
    public async Task ConnectionsThatWaitToBeCountedHoldUpNobodyElse()
    {
        var revisions = TestRevisions.From(0);
        var book = new PolicyBook(new PolicyOptions("/", "test"), new Guard(), StrictSwitch.Off, revisions, (_, _) => { });
        using var grants = new GrantBook(book, new GrantStore(new TroubledStore { Delay = TimeSpan.FromMilliseconds(20) }, TimeProvider.System), TimeProvider.System);
        Assert.True(EntryReader.TryRead("good.example", isAllow: true, out var entry, out _));
        var grant = grants.Add(new GrantOrder { Sandbox = "box", Entries = [entry], Ttl = TimeSpan.FromHours(1), MaxUses = 1_000 }, "test", false);
        var uses = new List<Task>();

        // As from a loop, which is no thread of the pool; a request to the API comes behind them.
        var answered = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var loop = new Thread(() =>
        {
            uses.AddRange(Enumerable.Range(0, 500).Select(_ => grants.UseAsync(grant.Id).AsTask()));
            ThreadPool.UnsafeQueueUserWorkItem(static answer => answer.SetResult(Stopwatch.GetTimestamp()), answered, preferLocal: false);
        });
        var since = Stopwatch.GetTimestamp();
        loop.Start();
        loop.Join();
        var waited = Stopwatch.GetElapsedTime(since, await answered.Task);
        await Task.WhenAll(uses);
        Assert.InRange(waited, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }
}
