using System.Diagnostics;
using System.Collections.Immutable;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Policies;
using SniProxy.Storage;
using SniProxy.Tests.Storage;

namespace SniProxy.Tests.Attacks;

/// <summary>A sandbox with a grant for a number of connections opens them as fast as it may, on a disk that takes its time.</summary>
public sealed class SlowDiskTests
{
    private static readonly TimeSpan Write = TimeSpan.FromMilliseconds(20);

    // Timers, deadlines and the API live on the same pool of threads.
    [Fact]
    public async Task ConnectionsThatWaitToBeCountedHoldUpNobodyElse()
    {
        var revisions = TestRevisions.From(0);
        var book = new PolicyBook(new PolicyOptions("/", "test"), new Guard(), StrictSwitch.Off, revisions, (_, _) => { });
        using var grants = new GrantBook(book, new GrantStore(new SlowStore(), TimeProvider.System), TimeProvider.System);
        Assert.True(EntryReader.TryRead("good.example", isAllow: true, out var entry, out _));
        var grant = grants.Add(new GrantOrder { Sandbox = "box", Entries = [entry], Ttl = TimeSpan.FromHours(1), MaxUses = 1_000 }, "test", false);
        var uses = new List<Task<bool>>();

        // As from a loop, which is no thread of the pool; a request to the API comes behind them.
        var answered = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var loop = new Thread(() =>
        {
            uses.AddRange(Enumerable.Range(0, 500).Select(_ => grants.TryUseAsync(grant.Id).AsTask()));
            ThreadPool.UnsafeQueueUserWorkItem(static answer => answer.SetResult(Stopwatch.GetTimestamp()), answered, preferLocal: false);
        });
        loop.Start();
        loop.Join();
        var since = Stopwatch.GetTimestamp();
        var waited = Stopwatch.GetElapsedTime(since, await answered.Task);
        await Task.WhenAll(uses);
        Assert.InRange(waited, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    private sealed class SlowStore : IStore
    {
        public long Revision => 0;

        public StoredDocument? Find(string kind, string id) => null;

        public IReadOnlyList<StoredDocument> List(string kind) => [];

        public long Apply(IReadOnlyList<StoreChange> changes, string actor)
        {
            Thread.Sleep(Write);
            return 1;
        }

        public void Dispose()
        {
        }
    }
}
