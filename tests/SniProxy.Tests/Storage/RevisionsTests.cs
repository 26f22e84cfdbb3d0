using SniProxy.Storage;
using SniProxy.Tests.Events;

namespace SniProxy.Tests.Storage;

/// <summary>One counter for all changes: larger each time, also after a restart, and whoever reads knows which one it has read.</summary>
public sealed class RevisionsTests : IDisposable
{
    private static readonly ApplianceChange Change = new() { Actor = "ann", Words = "something" };

    private readonly TempFolder folder = new();
    private readonly SqliteStore store;

    public RevisionsTests()
    {
        store = new SqliteStore(SqliteStore.PathIn(folder.Path));
        store.Open();
    }

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void EachChangeHasTheNextAndIsToldWithActorAndTime()
    {
        using var revisions = Open();
        var told = new List<ApplianceChange>();
        revisions.Changed += told.Add;
        var seen = 0L;
        var first = revisions.Apply(Change, next => seen = next);
        Assert.Equal((first, first + 1, first + 1), (seen, revisions.Apply(Change, _ => { }), revisions.Current));
        Assert.Equal([first, first + 1], told.Select(one => one.Revision));
        Assert.All(told, one => Assert.Equal(("ann", true), (one.Actor, one.Time > DateTimeOffset.UnixEpoch)));
    }

    [Fact]
    public void AnOrderlyRestartGoesOnWhereItEnded()
    {
        long last;
        using (var revisions = Open())
        {
            last = Enumerable.Range(0, 300).Select(_ => revisions.Apply(Change, _ => { })).Last();
        }

        using var again = Open();
        Assert.InRange(again.Apply(Change, _ => { }), last + 1, last + 8);
    }

    [Fact]
    public void AKillLeavesAGapAndNoNumberTwice()
    {
        var killed = Open();
        var last = Enumerable.Range(0, 300).Select(_ => killed.Apply(Change, _ => { })).Last();
        using var again = Open();
        Assert.True(again.Apply(Change, _ => { }) > last);
    }

    [Fact]
    public void GoesOnWithoutAStore()
    {
        using var revisions = new Revisions(7, _ => throw new StoreException("disk full"));
        Assert.Equal((8L, 9L), (revisions.Apply(Change, _ => { }), revisions.Apply(Change, _ => { })));
    }

    // Two values that change together are never read apart under one number.
    [Fact]
    public async Task WhatWasReadUnderOneRevisionBelongsTogether()
    {
        using var revisions = TestRevisions.From(0);
        var (one, two) = (0L, 0L);
        using var over = new CancellationTokenSource();
        var torn = Task.Run(() =>
        {
            var found = 0;
            while (!over.IsCancellationRequested)
            {
                var revision = revisions.Current;
                var (first, second) = (Volatile.Read(ref one), Volatile.Read(ref two));
                found += revisions.IsCurrent(revision) && (first != second || first != revision) ? 1 : 0;
            }

            return found;
        });
        for (var i = 0; i < 20_000; i++)
        {
            revisions.Apply(Change, next =>
            {
                Volatile.Write(ref one, next);
                Volatile.Write(ref two, next);
            });
        }

        await over.CancelAsync();
        Assert.Equal(0, await torn);
    }

    private Revisions Open()
    {
        var kept = new RevisionStore(store);
        return new Revisions(kept.Load(), kept.Reserve);
    }
}
