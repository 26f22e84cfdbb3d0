using SniProxy.Sandboxes;
using static SniProxy.Tests.Sandboxes.RegistryUnderTest;

namespace SniProxy.Tests.Sandboxes;

/// <summary>Sandboxes that bindings make of sources nobody registered.</summary>
public sealed class ImplicitSandboxTests
{
    [Fact]
    public void TheFirstBindingThatFitsMakesTheSandbox()
    {
        using var under = new RegistryUnderTest(null, By("narrow", "10.77.1.0/24"), By("wide", "10.77.0.0/16"), By("wired", null, "veth1"));
        Assert.Equal(["narrow", "wide", "wired"], new[] { under.Find("10.77.1.5"), under.Find("10.77.2.5"), under.Find("192.0.2.1", "veth1") }.Select(made => made.BoundPolicy));
        Assert.False(under.Find("192.0.2.1", "veth2").IsKnown);
    }

    [Fact]
    public void ARegisteredOneGoesFirst()
    {
        using var under = new RegistryUnderTest([Box("dev", null, "10.77.1.5")], By("ci", "10.77.0.0/16"));
        Assert.Equal("dev", under.Find("10.77.1.5").Id);
    }

    [Fact]
    public void EachAddressIsOneAndStaysTheSame()
    {
        using var under = new RegistryUnderTest(null, By("ci", "10.77.0.0/16"));
        var first = under.Find("10.77.1.5");
        Assert.Same(first, under.Find("10.77.1.5"));
        Assert.Equal("10.77.1.5", first.Id);
        Assert.NotEqual(first.Lifecycle, under.Find("10.77.1.6").Lifecycle);
    }

    [Fact]
    public void AnInterfaceIsOneWhateverAddressesAreBehindIt()
    {
        using var under = new RegistryUnderTest(null, By("ci", null, "veth1"));
        var first = under.Find("10.77.1.5", "veth1");
        for (var i = 1; i < 10_000; i++)
        {
            Assert.Same(first, under.Find($"fd77::{i:x}", "veth1"));
        }

        Assert.Equal("veth1", Assert.Single(under.Registry.List()).Id);
    }

    [Fact]
    public void OfBindingsOnOneInterfaceTheOneThatFitsTheSourceDecides()
    {
        using var under = new RegistryUnderTest(null, By("strictly", "10.77.1.0/24", "veth1"), By("freely", "10.77.2.0/24", "veth1"));
        Assert.Equal("freely", under.Find("10.77.2.1", "veth1").BoundPolicy);
        Assert.Equal("strictly", under.Find("10.77.1.1", "veth1").BoundPolicy);
        Assert.Equal("freely", under.Find("10.77.2.1", "veth1").BoundPolicy);
    }

    [Theory]
    [InlineData("veth1")]
    [InlineData("10.77.1.5")]
    public void ChangingOneMakesItARegisteredOneThatKeepsItsPolicy(string id)
    {
        using var under = new RegistryUnderTest(null, By("wired", null, "veth1"), By("ci", "10.77.0.0/16"));
        var ingress = id == "veth1" ? id : "eth0";
        var before = under.Find("10.77.1.5", ingress);
        Assert.Equal(id, before.Id);
        under.Registry.Change(id, new SandboxChange(Strict: true), "test");
        var after = under.Find("10.77.1.5", ingress);
        Assert.Equal((true, before.Lifecycle, before.BoundPolicy), (after.Strict, after.Lifecycle, after.BoundPolicy));
        Assert.Equal(id, Assert.Single(under.Registry.List()).Id);

        under.Restart();
        after = under.Find("10.77.1.5", ingress);
        Assert.Equal((id, true, before.BoundPolicy), (after.Id, after.Strict, after.BoundPolicy));
        Assert.Equal(before.BoundPolicy, under.Registry.Get(id)?.BoundPolicy);
    }

    [Theory]
    [InlineData("veth1")]
    [InlineData("10.77.1.5")]
    public void NobodyIsFoundByAnIdThatLooksLikeAnothersSource(string id)
    {
        using var under = new RegistryUnderTest([Box(id, "veth2", "10.99.0.1") with { Policy = "free" }], By("wired", null, "veth1"), By("ci", "10.77.0.0/16"));
        var stranger = under.Find("10.77.1.5", id == "veth1" ? "veth1" : "eth0");
        Assert.Equal((false, null), (stranger.IsKnown, stranger.Policy));
    }

    [Fact]
    public void RemovingOneEndsItsLife()
    {
        using var under = new RegistryUnderTest(null, By("ci", "10.77.0.0/16"));
        var made = under.Find("10.77.1.5");
        Assert.True(under.Registry.Remove("10.77.1.5", "test"));
        Assert.Equal([made], under.Changes);
        Assert.NotEqual(made.Lifecycle, under.Find("10.77.1.5").Lifecycle);
        Assert.False(under.Registry.Remove("10.77.9.9", "test"));
    }

    [Fact]
    public void RegisteringItsAddressEndsItsLife()
    {
        using var under = new RegistryUnderTest(null, By("ci", "10.77.0.0/16"));
        var made = under.Find("10.77.1.5");
        var registered = under.Registry.Put(Box("dev", null, "10.77.1.5"), "test");
        Assert.Equal([null, made], under.Changes);
        Assert.NotEqual(made.Lifecycle, registered.Lifecycle);
        Assert.Equal("dev", Assert.Single(under.Registry.List()).Id);
    }

    [Fact]
    public void OneNetworkCannotTakeTheRoomOfAllOthers()
    {
        using var under = new RegistryUnderTest(null, By("ci", "fd00::/8"), By("ci", "10.0.0.0/8"));
        for (var i = 0; i < ImplicitSandboxes.MaxInNetwork; i++)
        {
            Assert.True(under.Find($"fd77::{i:x}").IsKnown);
        }

        Assert.False(under.Find("fd77::1:0:0").IsKnown);
        Assert.True(under.Find("fd77::1").IsKnown);
        Assert.True(under.Find("fd77:0:0:1::1").IsKnown);
        under.Registry.Remove("fd77::1", "test");
        Assert.True(under.Find("fd77::1:0:0").IsKnown);
    }

    [Fact]
    public void TheirNumberIsBounded()
    {
        using var under = new RegistryUnderTest(null, By("ci", "10.0.0.0/8"));
        for (var i = 0; i < ImplicitSandboxes.Max; i++)
        {
            under.Find($"10.1.{i >> 8}.{i & 255}");
        }

        Assert.False(under.Find("10.2.0.1").IsKnown);
        Assert.True(under.Find("10.1.0.1").IsKnown);
        Assert.Equal(ImplicitSandboxes.Max, under.Registry.List().Count);
    }
}
