// Over 200 lines: a grant's begin, use and end share a store, a book and clocks.
using System.Collections.Immutable;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Policies;
using SniProxy.Storage;
using SniProxy.Tests.Events;
using SniProxy.Tests.Storage;

namespace SniProxy.Tests.Policies;

/// <summary>Grants begin at once, end exactly, and never outlive what was asked for, whatever clocks, restarts and other users do.</summary>
public sealed class GrantBookTests : IDisposable
{
    private static readonly TimeSpan Ttl = TimeSpan.FromMinutes(10);

    private readonly TempFolder folder = new();
    private readonly TwoClocks clock = new();
    private readonly List<ApplianceChange> changes = [];
    private SqliteStore store;
    private PolicyBook book;
    private GrantBook grants;

    public GrantBookTests() => (store, book, grants) = Start();

    public void Dispose()
    {
        grants.Dispose();
        store.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void IsWhatTheNextDecisionSeesAndEndsExactly()
    {
        Assert.Equal(Reason.Default, ReasonFor("box"));
        var grant = grants.Add(Order(), "ann", isAdmin: false);
        Assert.Equal((Reason.Grant, Reason.Default), (ReasonFor("box"), ReasonFor("other")));
        clock.Pass(Ttl - TimeSpan.FromTicks(1));
        Assert.Equal(Reason.Grant, ReasonFor("box"));
        clock.PassUnnoticed(TimeSpan.FromTicks(1));
        Assert.Equal(Reason.Default, ReasonFor("box"));
        Assert.Empty(grants.All);
        Assert.Equal("ann", Assert.Single(changes, change => change.Grant == grant.Id).Actor);
    }

    [Fact]
    public void AnEndIsAChangeOfItsOwnAndOneTimerWaitsForTheNext()
    {
        grants.Add(Order() with { Ttl = TimeSpan.FromMinutes(1) }, "ann", false);
        grants.Add(Order() with { Ttl = TimeSpan.FromMinutes(3) }, "ann", false);
        var before = book.Revision;
        Assert.Equal(1, clock.Armed);
        clock.Pass(TimeSpan.FromMinutes(1.1));
        Assert.Equal((before + 1, 1, 1), (book.Revision, grants.All.Count, clock.Armed));
        clock.Pass(TimeSpan.FromMinutes(2));
        Assert.Equal((before + 2, 0, 0), (book.Revision, grants.All.Count, clock.Armed));
        Assert.Equal(["ttl", "ttl"], changes.TakeLast(2).Select(change => change.Actor));
        Assert.Empty(store.List("grant"));
    }

    [Theory]
    [InlineData(-24)]
    [InlineData(24)]
    public void SettingTheWallClockNeitherLengthensNorShortensIt(int hours)
    {
        grants.Add(Order(), "ann", false);
        clock.SetWall(TimeSpan.FromHours(hours));
        clock.Pass(Ttl - TimeSpan.FromSeconds(1));
        Assert.Equal(Reason.Grant, ReasonFor("box"));
        clock.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(Reason.Default, ReasonFor("box"));
    }

    [Fact]
    public void GoesOnOverARestartForWhatWasLeft()
    {
        var grant = grants.Add(Order() with { Reason = "fixtures" }, "ann", isAdmin: true);
        clock.Pass(TimeSpan.FromMinutes(4));
        Restart();
        var again = Assert.Single(grants.All);
        Assert.Equal((grant.Id, "ann", true, "fixtures", grant.Expires), (again.Id, again.Actor, again.IsByAdmin, again.Reason, again.Expires));
        Assert.Equal(Reason.Grant, ReasonFor("box"));
        clock.Pass(TimeSpan.FromMinutes(6));
        Assert.Equal(Reason.Default, ReasonFor("box"));
    }

    [Fact]
    public void AWallClockThatWasSetBackBeforeTheRestartGivesNothing()
    {
        grants.Add(Order(), "ann", false);
        clock.Pass(TimeSpan.FromMinutes(9));
        clock.SetWall(TimeSpan.FromDays(-1));
        Restart();
        clock.Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(Reason.Default, ReasonFor("box"));
    }

    [Fact]
    public void AWallClockThatSaysItIsOverEndsItAtTheRestart()
    {
        grants.Add(Order(), "ann", false);
        clock.SetWall(TimeSpan.FromDays(1));
        Restart();
        Assert.Equal(Reason.Default, ReasonFor("box"));
        Assert.Empty(store.List("grant"));
    }

    [Fact]
    public async Task WhatIsUsedUpOpensNothingNewAndStaysUsedUpOverARestart()
    {
        var grant = grants.Add(Order() with { MaxUses = 2 }, "ann", false);
        Assert.True(await TryUseAsync(grant.Id));
        Assert.Equal(Reason.Grant, ReasonFor("box"));
        Restart();
        Assert.True(await TryUseAsync(grant.Id));
        Assert.Equal(Reason.Default, ReasonFor("box"));
        Assert.False(await TryUseAsync(grant.Id));
        Restart();
        Assert.False(await TryUseAsync(grant.Id));

        // A connection that has begun by it goes on until it ends.
        Assert.Equal((Reason.Grant, Reason.Default), (OpenReasonFor("box", grant.Id), OpenReasonFor("box", null)));
        clock.Pass(Ttl);
        Assert.Equal(Reason.Default, OpenReasonFor("box", grant.Id));
    }

    [Fact]
    public async Task OfManyAtOnceAsManyBeginAsMay()
    {
        var grant = grants.Add(Order() with { MaxUses = 3 }, "ann", false);
        var begun = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => TryUseAsync(grant.Id))));
        Assert.Equal(3, begun.Count(one => one));
        Assert.Equal(3, Assert.Single(grants.All).Uses);
    }

    [Fact]
    public void WhatIsHeldIsTakenForOthersAndFreeOnceItIsLetGo()
    {
        var grant = grants.Add(Order() with { MaxUses = 2 }, "ann", false);
        var (before, stored) = (book.Revision, store.Revision);
        Assert.Equal([true, true, false], Enumerable.Range(0, 3).Select(_ => grants.TryHold(grant.Id)));
        grants.LetGo(grant.Id);
        Assert.Equal([true, false], Enumerable.Range(0, 2).Select(_ => grants.TryHold(grant.Id)));

        // Whoever dials in vain changes nothing and writes nothing.
        Assert.Equal((before, stored, 0), (book.Revision, store.Revision, Assert.Single(grants.All).Uses));
    }

    // Between the dial and the first byte; what a crash comes before has carried nothing, what it comes after is counted.
    [Fact]
    public async Task ARestartFreesWhatIsHeldAndNothingThatIsUsed()
    {
        var grant = grants.Add(Order() with { MaxUses = 1 }, "ann", false);
        Assert.True(grants.TryHold(grant.Id));
        Restart();
        Assert.True(grants.TryHold(grant.Id));
        await grants.UseAsync(grant.Id);
        Restart();
        Assert.False(grants.TryHold(grant.Id));
    }

    [Fact]
    public async Task AUseIsOneChange()
    {
        var grant = grants.Add(Order() with { MaxUses = 2 }, "ann", false);
        var (before, stored) = (book.Revision, store.Revision);
        Assert.True(await TryUseAsync(grant.Id));
        Assert.Equal((before + 1, stored + 1), (book.Revision, store.Revision));
        Assert.Equal("grant used 1 of 2 times", changes[^1].Words);
    }

    [Fact]
    public async Task AUseThatCannotBeStoredIsNone()
    {
        var grant = grants.Add(Order() with { MaxUses = 1 }, "ann", false);
        Assert.True(grants.TryHold(grant.Id));
        store.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => grants.UseAsync(grant.Id).AsTask());
        Assert.Equal(0, Assert.Single(grants.All).Uses);
    }

    [Fact]
    public async Task AUseBringsNothingBackThatHasEnded()
    {
        var grant = grants.Add(Order() with { MaxUses = 1 }, "ann", false);
        Assert.True(grants.TryHold(grant.Id));
        grants.Remove(grant.Id, "ben");
        await grants.UseAsync(grant.Id);
        Assert.Empty(grants.All);
        Assert.Empty(store.List("grant"));
        Assert.False(grants.TryHold(grant.Id));
    }

    [Fact]
    public async Task OneWithoutANumberIsUsedWithoutBeingCounted()
    {
        var grant = grants.Add(Order(), "ann", false);
        var before = book.Revision;
        Assert.True(await TryUseAsync(grant.Id));
        Assert.True(await TryUseAsync(grant.Id));
        Assert.Equal(before, book.Revision);
    }

    [Fact]
    public void WhoFindsOneHeldIsJudgedByTheNext()
    {
        var first = grants.Add(Order(), "ann", false);
        var second = grants.Add(Order(), "ann", false);
        Assert.Equal(new[] { first.Id, second.Id }.Min(StringComparer.Ordinal), GrantOver([]));
        Assert.Equal((second.Id, first.Id, null), (GrantOver([first.Id]), GrantOver([second.Id]), GrantOver([first.Id, second.Id])));

        string? GrantOver(string[] held) => book.JudgeFor(new Boxed(), held, out _).JudgeName(Resolutions.Wire.Host("good.example")).GrantId;
    }

    [Fact]
    public void IsForWhoeverBearsItsLabelsNow()
    {
        grants.Add(Order() with { Sandbox = null, Labels = ImmutableDictionary<string, string>.Empty.Add("phase", "build").Add("team", "a") }, "ann", false);
        Assert.Equal(Reason.Grant, ReasonFor("x", ("phase", "build"), ("team", "a"), ("more", "yes")));
        Assert.Equal(Reason.Default, ReasonFor("x", ("phase", "run"), ("team", "a")));
        Assert.Equal(Reason.Default, ReasonFor("x", ("phase", "build")));
    }

    [Fact]
    public void EndsWithTheSandboxAndIsNotInheritedByItsId()
    {
        grants.Add(Order() with { Lifecycle = 1 }, "ann", false);
        var box = Box();
        Assert.Equal(Reason.Grant, Reasoned(book.JudgeFor(box)));
        Assert.Equal(Reason.Default, Reasoned(book.JudgeFor(box with { Lifecycle = 2 })));
        grants.EndFor("box");
        Assert.Empty(grants.All);
        Assert.Empty(store.List("grant"));
    }

    [Fact]
    public void OneThatIsTakenAwayIsGoneForTheNextDecision()
    {
        var grant = grants.Add(Order(), "ann", false);
        Assert.Null(grants.Remove("nobody", "ben"));
        Assert.Equal(grant.Id, grants.Remove(grant.Id, "ben")?.Id);
        Assert.Equal((Reason.Default, null, "ben"), (ReasonFor("box"), book.Grants, changes[^1].Actor));
    }

    [Fact]
    public void OpensASandboxOfWhichEverythingIsDeniedButNotOneWithoutItsPolicyNorOneThatIsUnknown()
    {
        grants.Add(Order(), "ann", false);
        Assert.Equal(Reason.Grant, Reasoned(book.JudgeFor(Box() with { Policy = PolicyOptions.DenyAll })));
        Assert.Equal(Reason.PolicyMissing, Reasoned(book.JudgeFor(Box() with { Policy = "misspelt" })));
        Assert.Equal(Reason.Paused, Reasoned(book.JudgeFor(Box() with { Paused = true })));
        Assert.Equal(Reason.UnknownSandbox, Reasoned(book.JudgeFor(Box() with { IsKnown = false })));
    }

    // Every connection asks: what was made of the policy once stands until something changes.
    [Theory]
    [InlineData(null)]
    [InlineData(PolicyOptions.DenyAll)]
    public void WhatItMakesOfAPolicyIsMadeOnce(string? policy)
    {
        grants.Add(Order(), "ann", false);
        Assert.Same(book.JudgeFor(Box() with { Policy = policy }).Policy, book.JudgeFor(Box() with { Policy = policy }).Policy);
    }

    [Fact]
    public void AGrantThatCannotBeStoredIsNotInForce()
    {
        store.Dispose();
        Assert.ThrowsAny<Exception>(() => grants.Add(Order(), "ann", false));
        Assert.Equal(Reason.Default, ReasonFor("box"));
    }

    private static GrantOrder Order()
    {
        Assert.True(EntryReader.TryRead("good.example", isAllow: true, out var entry, out _));
        return new GrantOrder { Sandbox = "box", Lifecycle = 1, Entries = [entry], Ttl = Ttl };
    }

    // As a connection that is reached at once.
    private async Task<bool> TryUseAsync(string id)
    {
        if (!grants.TryHold(id))
        {
            return false;
        }

        await grants.UseAsync(id);
        grants.LetGo(id);
        return true;
    }

    private static Sandbox Box() => new() { Id = "box", Lifecycle = 1 };

    private static Reason Reasoned(Judge judge) => judge.JudgeName(Resolutions.Wire.Host("good.example")) is var name && name.Reason == Reason.NameNotAllowed
        ? Reason.Default
        : name.Reason;

    private Reason ReasonFor(string id, params (string Name, string Value)[] labels) => Reasoned(book.JudgeFor(
        new Sandbox { Id = id, Lifecycle = 1, Labels = labels.ToDictionary(label => label.Name, label => label.Value) }));

    private Reason OpenReasonFor(string id, string? used) => Reasoned(book.JudgeOpen(new Sandbox { Id = id, Lifecycle = 1 }, static same => same, used));

    private void Restart()
    {
        grants.Dispose();
        store.Dispose();
        (store, book, grants) = Start();
    }

    private (SqliteStore Store, PolicyBook Book, GrantBook Grants) Start()
    {
        var opened = new SqliteStore(SqliteStore.PathIn(folder.Path), clock);
        opened.Open();
        var revisions = TestRevisions.From(0);
        revisions.Changed += changes.Add;
        var made = new PolicyBook(new PolicyOptions("/", "test"), new Guard(), StrictSwitch.Off, revisions, (_, _) => { });
        made.Publish(ImmutableDictionary<string, Policy>.Empty.Add("test", Proxy.ProxyDoor.Compile("rules: []")), ImmutableDictionary<string, string>.Empty);
        return (opened, made, new GrantBook(made, new GrantStore(opened, clock), clock));
    }

    private readonly struct Boxed : ISandboxSource
    {
        public Sandbox Find() => Box();
    }
}
