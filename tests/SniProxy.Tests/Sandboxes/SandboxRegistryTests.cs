using SniProxy.Core.Contract;
using SniProxy.Sandboxes;
using static SniProxy.Tests.Sandboxes.RegistryUnderTest;

namespace SniProxy.Tests.Sandboxes;

/// <summary>Sandboxes that somebody registered.</summary>
public sealed class SandboxRegistryTests
{
    [Fact]
    public void IsFoundByEachOfItsAddressesInBothForms()
    {
        using var under = new RegistryUnderTest([Box("dev", null, "10.77.0.2", "fd77::2")]);
        Assert.Equal(["dev", "dev", "dev"], new[] { "10.77.0.2", "::ffff:10.77.0.2", "fd77::2" }.Select(source => under.Find(source).Id));
        Assert.False(under.Registry.UsesInterfaces);
    }

    [Fact]
    public void WhoeverIsNotKnownIsSoAndHasNoLifeToInherit()
    {
        using var under = new RegistryUnderTest([Box("dev", null, "10.77.0.2")]);
        var unknown = under.Find("10.77.0.3");
        Assert.Equal((false, "10.77.0.3", 0L), (unknown.IsKnown, unknown.Id, unknown.Lifecycle));
        Assert.Single(under.Registry.List());
    }

    [Fact]
    public void OneThatNamesAnInterfaceIsNeverFoundByAnother()
    {
        using var under = new RegistryUnderTest([Box("dev", "veth1", "10.77.0.2")]);
        Assert.True(under.Registry.UsesInterfaces);
        Assert.Equal("dev", under.Find("10.77.0.2", "veth1").Id);
        Assert.False(under.Find("10.77.0.2", "veth2").IsKnown);
        Assert.False(under.Find("10.77.0.2", null).IsKnown);
    }

    [Fact]
    public void GuestsMayShareAnAddressOnInterfacesOfTheirOwn()
    {
        using var under = new RegistryUnderTest([.. Enumerable.Range(0, 500).Select(i => Box($"vm{i}", $"tap{i}", "172.16.0.2")), Box("anywhere", null, "172.16.0.2")]);
        Assert.Equal("vm0", under.Find("172.16.0.2", "tap0").Id);
        Assert.Equal("vm499", under.Find("172.16.0.2", "tap499").Id);
        Assert.Equal("anywhere", under.Find("172.16.0.2", "eth0").Id);
    }

    [Fact]
    public void AnAddressHasOneOwner()
    {
        using var under = new RegistryUnderTest([Box("dev", null, "10.77.0.2"), Box("vm", "tap1", "10.77.0.3")]);
        Assert.Equal("dev", under.Registry.Claimant(Box("thief", null, "10.77.0.9", "10.77.0.2"))?.Id);
        Assert.Equal("vm", under.Registry.Claimant(Box("thief", "tap1", "10.77.0.3"))?.Id);
        Assert.Null(under.Registry.Claimant(Box("dev", null, "10.77.0.2")));
        Assert.Null(under.Registry.Claimant(Box("vm2", "tap2", "10.77.0.3")));
    }

    // It is configured and listed, and nothing that comes from its address would be its own.
    [Fact]
    public void AConfiguredSandboxIsNotSilentlyLostToOneThatWasRegistered()
    {
        using var under = new RegistryUnderTest([Box("configured", null, "10.0.0.2")]);
        under.Registry.Remove("configured", "test");
        under.Registry.Put(Box("stored", null, "10.0.0.2"), "test");
        var taken = Assert.Throws<TakenAddressException>(under.Restart);
        Assert.Equal(("configured", "stored"), (taken.Registration.Id, taken.Owner.Id));
    }

    [Fact]
    public async Task OfManyThatTakeAnAddressAtOnceOneGetsIt()
    {
        using var under = new RegistryUnderTest();
        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
        {
            try
            {
                under.Registry.Put(Box($"box{i}", null, "10.77.0.2"), "test");
                return false;
            }
            catch (TakenAddressException)
            {
                return true;
            }
        })));
        Assert.Equal(7, taken.Count(isTaken => isTaken));
        Assert.Equal(Assert.Single(under.Registry.List()).Id, under.Find("10.77.0.2").Id);
    }

    [Fact]
    public void EverybodyHearsOfAChangeThoughOneFails()
    {
        using var under = new RegistryUnderTest();
        var before = under.Registry.Put(Box("dev", null, "10.77.0.2"), "test");
        var heard = new List<Sandbox?>();
        under.Registry.Changed += _ => throw new InvalidOperationException("the disk failed");
        under.Registry.Changed += heard.Add;
        Assert.Equal("the disk failed", Assert.Single(Assert.Throws<AggregateException>(() => under.Registry.Remove("dev", "test")).InnerExceptions).Message);
        Assert.Equal([before], heard);
        Assert.False(under.Find("10.77.0.2").IsKnown);
    }

    [Fact]
    public void ARegisteredLifeGoesOnOverARestartAndNoneComesBack()
    {
        using var under = new RegistryUnderTest();
        var first = under.Registry.Put(Box("dev", null, "10.77.0.2"), "test");
        under.Restart();
        Assert.Equal(first.Lifecycle, under.Find("10.77.0.2").Lifecycle);
        under.Registry.Remove("dev", "test");
        under.Restart();
        Assert.NotEqual(first.Lifecycle, under.Registry.Put(Box("dev", null, "10.77.0.2"), "test").Lifecycle);
    }

    [Fact]
    public void ALifeThatIsKeptGoesOnWhoeverMadeTheSandboxKnown()
    {
        using var under = new RegistryUnderTest([Box("dev", null, "10.77.0.2")], By("ci", "10.88.0.0/16"));
        var (configured, made, other) = (under.Find("10.77.0.2"), under.Find("10.88.0.1"), under.Find("10.88.0.2"));
        Assert.Equal(configured, under.Registry.Keep("dev", "test"));
        Assert.Equal(made, under.Registry.Keep("10.88.0.1", "test"));
        Assert.Null(under.Registry.Keep("nobody", "test"));
        under.Restart();
        Assert.Equal((configured.Lifecycle, made.Lifecycle), (under.Find("10.77.0.2").Lifecycle, under.Find("10.88.0.1").Lifecycle));
        Assert.NotEqual(other.Lifecycle, under.Find("10.88.0.2").Lifecycle);

        // Taken over by somebody else, and free again.
        under.Registry.Put(Box("thief", null, "10.88.0.1"), "test");
        under.Registry.Remove("thief", "test");
        under.Registry.Remove("dev", "test");
        under.Restart();
        Assert.NotEqual(made.Lifecycle, under.Find("10.88.0.1").Lifecycle);
        Assert.NotEqual(configured.Lifecycle, under.Find("10.77.0.2").Lifecycle);
    }

    [Fact]
    public void ALifeLastsAsLongAsAddressesAndInterface()
    {
        using var under = new RegistryUnderTest();
        var first = under.Registry.Put(Box("dev", null, "10.77.0.2"), "test");
        var same = under.Registry.Put(Box("dev", null, "10.77.0.2") with { Policy = "ci", Paused = true }, "test");
        var moved = under.Registry.Put(Box("dev", null, "10.77.0.4"), "test");
        var bound = under.Registry.Put(Box("dev", "veth1", "10.77.0.4"), "test");
        Assert.Equal(first.Lifecycle, same.Lifecycle);
        Assert.Equal(3, new[] { same.Lifecycle, moved.Lifecycle, bound.Lifecycle }.Distinct().Count());
        Assert.True(under.Registry.Remove("dev", "test"));
        Assert.False(under.Registry.Remove("dev", "test"));
        Assert.NotEqual(bound.Lifecycle, under.Registry.Put(Box("dev", "veth1", "10.77.0.4"), "test").Lifecycle);
        Assert.Equal([null, first, same, moved, bound, null], under.Changes);
    }

    [Fact]
    public void AChangeChangesWhatItNamesAndNothingElse()
    {
        using var under = new RegistryUnderTest([Box("dev", null, "10.77.0.2") with { Policy = "ci", Mode = Mode.Shadow }]);
        var before = under.Find("10.77.0.2");
        Assert.NotNull(under.Registry.Change("dev", new SandboxChange(Strict: true), "test"));
        var after = under.Find("10.77.0.2");
        Assert.Equal(("ci", Mode.Shadow, true, false, before.Lifecycle), (after.Policy, after.Mode, after.Strict, after.Paused, after.Lifecycle));
        Assert.Null(under.Registry.Change("nobody", new SandboxChange(Strict: true), "test"));
    }

    [Fact]
    public void WhatWasChangedSurvivesARestart()
    {
        using var under = new RegistryUnderTest([Box("dev", null, "10.77.0.2"), Box("other", null, "10.77.0.3")]);
        var labels = new Dictionary<string, string> { ["team"] = "a \"quoted\" name" };
        under.Registry.Put(Box("api", "veth1", "10.77.0.5", "fd77::5") with { Policy = "ci", Mode = Mode.Observe, Strict = true, Labels = labels }, "test");
        under.Registry.Change("dev", new SandboxChange(Paused: true), "test");
        under.Restart();
        var api = under.Find("fd77::5", "veth1");
        Assert.Equal(("api", "ci", Mode.Observe, true, "veth1"), (api.Id, api.Policy, api.Mode, api.Strict, api.Interface));
        Assert.Equal(labels, api.Labels);
        Assert.True(under.Find("10.77.0.2").Paused);
        Assert.Equal(["api", "dev", "other"], under.Registry.List().Select(sandbox => sandbox.Id));
        under.Registry.Remove("dev", "test");
        under.Registry.Remove("api", "test");
        under.Restart();
        Assert.False(under.Find("10.77.0.2").Paused);
        Assert.Equal(["dev", "other"], under.Registry.List().Select(sandbox => sandbox.Id));
    }

    [Fact]
    public void TheBindingThatFitsARegisteredSandboxNamesItsPolicyBehindItsOwn()
    {
        using var under = new RegistryUnderTest([Box("dev", null, "10.77.0.2"), Box("far", null, "192.0.2.1")], By("ci", "10.77.0.0/16"));
        Assert.Equal("ci", under.Find("10.77.0.2").BoundPolicy);
        Assert.Null(under.Find("192.0.2.1").BoundPolicy);
    }
}
