using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using Microsoft.Extensions.Logging.Abstractions;
using SniProxy.Api;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;
using SniProxy.Dns;
using SniProxy.Enforcement;
using SniProxy.Events;
using SniProxy.Flows;
using SniProxy.Hosting;
using SniProxy.Hosting.Configuration;
using SniProxy.Policies;
using SniProxy.Proxy;
using SniProxy.Resolutions;
using SniProxy.Resolutions.Tunnelling;
using SniProxy.Sandboxes;
using SniProxy.Tests.Events;
using SniProxy.Tests.Resolutions;
using SniProxy.Tests.Resolutions.Synthetic;
using SniProxy.Tests.Sandboxes;
using SniProxy.Tests.Storage;

namespace SniProxy.Tests.Hosting;

/// <summary>What Hosting itself does between the rooms.</summary>
public sealed class HostingTests
{
    private static TunnelWatch Tunnels => new(new TunnelOptions(), () => PublicSuffixes.Empty, TimeProvider.System);

    [Fact]
    public void RulesLeadToTheFirstTransparentListenerOrTheOneNamed()
    {
        var options = Options(
            new ListenerOptions("local", ListenerKind.Explicit, IPEndPoint.Parse("127.0.0.1:3128")),
            new ListenerOptions("first", ListenerKind.TProxy, IPEndPoint.Parse("[::]:8444")),
            new ListenerOptions("second", ListenerKind.Redirect, IPEndPoint.Parse("[::]:8443")),
            new ListenerOptions("reachable", ListenerKind.Explicit, IPEndPoint.Parse("0.0.0.0:3129")));
        var first = ApplianceRules.For(options, ["veth1"]);
        Assert.Equal((Interception.TProxy, 8444, (int?)1053, (int?)3129), ((Interception, int, int?, int?))(first.Interception, first.ListenerPort, first.DnsPort, first.ExplicitPort));
        Assert.Equal("veth1", Assert.Single(first.Interfaces).Name);
        var second = ApplianceRules.For(options, ["veth1"], "second");
        Assert.Equal((Interception.Redirect, 8443), ((Interception, int))(second.Interception, second.ListenerPort));
        var unknown = Assert.Throws<InvalidConfigurationException>(() => ApplianceRules.For(options, ["veth1"], "local"));
        Assert.Contains("Write one of first, second.", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RulesNeedATransparentListener()
    {
        var error = Assert.Throws<InvalidConfigurationException>(() => ApplianceRules.For(Options(), ["veth1"]));
        Assert.Contains("SniProxy:Proxy:Listeners", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnExplicitListenerOnLoopbackIsClosedToSandboxes() => Assert.Null(ApplianceRules.For(
        Options(
            new ListenerOptions("t", ListenerKind.Redirect, IPEndPoint.Parse("[::]:8443")),
            new ListenerOptions("e", ListenerKind.Explicit, IPEndPoint.Parse("[::1]:3128"))),
        ["veth1"]).ExplicitPort);

    [Fact]
    public void TheGuardKnowsTheMachineItsListenersAndEverySandbox()
    {
        using var under = new RegistryUnderTest([RegistryUnderTest.Box("dev", null, "203.0.113.5")], RegistryUnderTest.By("ci", "198.51.100.0/24"));
        var options = Options(new ListenerOptions("e", ListenerKind.Explicit, IPEndPoint.Parse("0.0.0.0:3128"))) with
        {
            Bindings = [RegistryUnderTest.By("ci", "198.51.100.0/24")],
            GuardExempt = [Block("127.0.0.0/8")],
        };
        var book = Book();
        using var keeper = new GuardKeeper(options, under.Registry, book, NullLogger<GuardKeeper>.Instance);
        Assert.Equal(GuardFinding.Never, book.Guard.Find(Of("203.0.113.5")));
        Assert.Equal(GuardFinding.Never, book.Guard.Find(Of("198.51.100.77")));
        Assert.Equal(GuardFinding.None, book.Guard.Find(Of("203.0.113.6")));
        Assert.Equal(GuardFinding.None, book.Guard.Find(Of("127.0.0.1"), 5432));
        Assert.Equal(GuardFinding.Self, book.Guard.Find(Of("127.0.0.1"), 3128));
        Assert.Equal(GuardFinding.Self, book.Guard.Find(Of("127.0.0.1"), 9443));

        under.Registry.Put(RegistryUnderTest.Box("new", null, "203.0.113.6"), "test");
        Assert.Equal(GuardFinding.Never, book.Guard.Find(Of("203.0.113.6")));
        under.Registry.Remove("new", "test");
        Assert.Equal(GuardFinding.None, book.Guard.Find(Of("203.0.113.6")));
    }

    /// <summary>While interfaces come and go the runtime cannot list them; it throws, on whatever thread asked.</summary>
    [Fact]
    public async Task AGuardStandsWhileInterfacesCannotBeRead()
    {
        using var under = new RegistryUnderTest();
        var book = Book();
        Exception? failure = null;
        InterfaceAddress[] addresses = [new("eth0", Of("192.0.2.1"), 24)];
        using var keeper = new GuardKeeper(
            Options(new ListenerOptions("e", ListenerKind.Explicit, IPEndPoint.Parse("0.0.0.0:3128"))), under.Registry, book, NullLogger<GuardKeeper>.Instance,
            () => Volatile.Read(ref failure) is { } error ? throw error : Volatile.Read(ref addresses));
        Assert.Equal(GuardFinding.Self, book.Guard.Find(Of("192.0.2.1"), 3128));

        Volatile.Write(ref failure, new ArgumentException("An invalid IP address was specified."));
        Volatile.Write(ref addresses, [new("eth0", Of("192.0.2.2"), 24)]);
        under.Registry.Put(RegistryUnderTest.Box("new", null, "203.0.113.6"), "test");
        Assert.Equal(GuardFinding.Never, book.Guard.Find(Of("203.0.113.6")));
        Assert.Equal(GuardFinding.Self, book.Guard.Find(Of("192.0.2.1"), 3128));

        Volatile.Write(ref failure, null);
        for (var waited = 0; book.Guard.Find(Of("192.0.2.2"), 3128) != GuardFinding.Self; waited++)
        {
            Assert.True(waited < 100, "the guard was not renewed");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public void AGuardIsRefusedWhereInterfacesCanNeverBeRead()
    {
        using var under = new RegistryUnderTest();
        var refused = Assert.Throws<InvalidOperationException>(() => new GuardKeeper(
            Options(), under.Registry, Book(), NullLogger<GuardKeeper>.Instance, () => throw new NetworkInformationException()));
        Assert.Contains("own addresses", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AGuardThatIsLetGoIsNotRenewed()
    {
        using var under = new RegistryUnderTest();
        var book = Book();
        new GuardKeeper(Options(), under.Registry, book, NullLogger<GuardKeeper>.Instance).Dispose();
        var revision = book.Revision;
        under.Registry.Put(RegistryUnderTest.Box("new", null, "203.0.113.6"), "test");
        Assert.Equal(revision, book.Revision);
    }

    [Fact]
    public async Task WithALifeEndItsFlowsAndBindings()
    {
        using var under = new RegistryUnderTest([RegistryUnderTest.Box("dev", null, "10.77.0.2"), RegistryUnderTest.Box("other", null, "10.77.0.3")]);
        using var flows = new FlowTable(new FlowLimits(10, 10, 10), new EventIds(TimeProvider.System));
        var resolutions = new ResolutionMap(TimeProvider.System);
        using var grants = under.Grants();
        using var disk = new FailingStore();
        await using var synthetic = SyntheticUnderTest.MapOver(disk, TimeProvider.System);
        _ = new LifecycleEnd(under.Registry, flows, resolutions, synthetic, Tunnels, grants, NullLogger<LifecycleEnd>.Instance);
        var (dev, other) = (under.Find("10.77.0.2"), under.Find("10.77.0.3"));
        using var flow = flows.Add(dev, out _);
        using var neighbour = flows.Add(other, out _);
        resolutions.Learn(dev.Lifecycle, Wire.Host("good.example"), [Of("203.0.113.1")], TimeSpan.FromHours(1));
        await synthetic.AssignAsync(dev, Wire.Host("made.example"));
        under.Registry.Change("dev", new SandboxChange(Strict: true), "test");
        Assert.False(flow.IsClosed);
        Assert.Equal(Wire.Host("made.example"), synthetic.NameOf(dev, Of("198.18.0.1")));
        Assert.True(resolutions.IsBound(dev.Lifecycle, Wire.Host("good.example"), Of("203.0.113.1")));

        under.Registry.Put(RegistryUnderTest.Box("dev", null, "10.77.0.9"), "test");
        Assert.Equal((true, Ending.Revoked, false), (flow.IsClosed, flow.Ending, neighbour.IsClosed));
        Assert.False(resolutions.IsBound(dev.Lifecycle, Wire.Host("good.example"), Of("203.0.113.1")));
        Assert.Null(synthetic.NameOf(dev, Of("198.18.0.1")));
        under.Registry.Remove("other", "test");
        Assert.True(neighbour.IsClosed);
    }

    [Fact]
    public async Task AnImplicitSandboxThatIsTakenOverEndsAsWell()
    {
        using var under = new RegistryUnderTest(null, RegistryUnderTest.By("ci", "10.77.0.0/16"));
        using var flows = new FlowTable(new FlowLimits(10, 10, 10), new EventIds(TimeProvider.System));
        using var grants = under.Grants();
        using var disk = new FailingStore();
        await using var synthetic = SyntheticUnderTest.MapOver(disk, TimeProvider.System);
        _ = new LifecycleEnd(under.Registry, flows, new ResolutionMap(TimeProvider.System), synthetic, Tunnels, grants, NullLogger<LifecycleEnd>.Instance);
        using var flow = flows.Add(under.Find("10.77.0.2"), out _);
        under.Registry.Put(RegistryUnderTest.Box("dev", null, "10.77.0.2"), "test");
        Assert.True(flow.IsClosed);
    }

    [Fact]
    public void EveryChangeIsALineWithItsRevisionAndItsActor()
    {
        using var under = new RegistryUnderTest();
        using var folder = new TempFolder();
        using var log = new ChangeLog(folder.Path, new EventOptions(), NullLogger<ChangeLog>.Instance);
        using var tells = new ChangeEvents(under.Revisions, log, new EventIds(TimeProvider.System));
        under.Registry.Put(RegistryUnderTest.Box("dev", null, "10.77.0.2"), "ann");
        under.Registry.Change("dev", new SandboxChange(Paused: true, Strict: true), "ben");
        under.Registry.Change("dev", new SandboxChange(), "ben");
        under.Registry.Remove("dev", "ann");
        var told = File.ReadLines(folder.File(ChangeLog.FileName)).Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(
            [(1L, "ann", "sandbox registered"), (2L, "ben", "sandbox changed: strict, paused"), (3L, "ben", "sandbox stays as it was"), (4L, "ann", "sandbox removed")],
            told.Select(one => (one.GetProperty("revision").GetInt64(), one.GetProperty("actor").GetString() ?? "", one.GetProperty("message").GetString() ?? "")));
        Assert.All(told, one => Assert.Equal(("change", "dev"), (one.GetProperty("kind").GetString(), one.GetProperty("sandbox").GetString())));
    }

    [Fact]
    public async Task WithALifeEndItsGrants()
    {
        using var under = new RegistryUnderTest([RegistryUnderTest.Box("dev", null, "10.77.0.2")]);
        using var flows = new FlowTable(new FlowLimits(10, 10, 10), new EventIds(TimeProvider.System));
        using var grants = under.Grants();
        using var disk = new FailingStore();
        await using var synthetic = SyntheticUnderTest.MapOver(disk, TimeProvider.System);
        _ = new LifecycleEnd(under.Registry, flows, new ResolutionMap(TimeProvider.System), synthetic, Tunnels, grants, NullLogger<LifecycleEnd>.Instance);
        grants.Add(new GrantOrder { Sandbox = "dev", Entries = [], Ttl = TimeSpan.FromHours(1) }, "ann", isAdmin: false);
        under.Registry.Change("dev", new SandboxChange(Strict: true), "ann");
        Assert.Single(grants.All);
        under.Registry.Remove("dev", "ann");
        Assert.Empty(grants.All);
    }

    [Fact]
    public async Task GrantsEndWithALifeThoughTheirStoreFails()
    {
        using var under = new RegistryUnderTest([RegistryUnderTest.Box("dev", null, "10.77.0.2")]);
        using var flows = new FlowTable(new FlowLimits(10, 10, 10), new EventIds(TimeProvider.System));
        var store = new TroubledStore();
        using var grants = new GrantBook(Book(), new GrantStore(store, TimeProvider.System), TimeProvider.System);
        using var disk = new FailingStore();
        await using var synthetic = SyntheticUnderTest.MapOver(disk, TimeProvider.System);
        _ = new LifecycleEnd(under.Registry, flows, new ResolutionMap(TimeProvider.System), synthetic, Tunnels, grants, NullLogger<LifecycleEnd>.Instance);
        grants.Add(new GrantOrder { Sandbox = "dev", Entries = [], Ttl = TimeSpan.FromHours(1) }, "ann", isAdmin: false);
        store.IsDown = true;
        Assert.True(under.Registry.Remove("dev", "ann"));
        Assert.Empty(grants.All);
    }

    [Fact]
    public async Task AStartWithMoreConnectionsThanDescriptorsNamesBothNumbers()
    {
        using var folder = new TempFolder();
        var options = Options() with { DataFolder = folder.File("data"), Proxy = new ProxyOptions { MaxConnections = int.MaxValue / 4 } };
        var error = Assert.Single((await Assert.ThrowsAsync<InvalidConfigurationException>(() => Appliance.StartAsync(options))).Errors);
        Assert.StartsWith($"SniProxy:Proxy:MaxConnections is {int.MaxValue / 4}, but RLIMIT_NOFILE ", error, StringComparison.Ordinal);
        Assert.Matches(@"or write \d+ or less\.$", error);
    }

    [Fact]
    public async Task AnApplianceStartsServesAndStopsWithItsStateInItsFolder()
    {
        using var folder = new TempFolder();
        var options = Options(new ListenerOptions("e", ListenerKind.Explicit, new IPEndPoint(IPAddress.Loopback, 0))) with { DataFolder = folder.File("data") };
        await using (var appliance = await Appliance.StartAsync(options))
        {
            appliance.ReloadPolicies();
            await appliance.StopAsync();
        }

        await using var again = await Appliance.StartAsync(options);
        Assert.True(File.Exists(folder.File("data/admin.token")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.File("data/admin.token")));
        await again.StopAsync();
    }

    private static ApplianceOptions Options(params ListenerOptions[] listeners) => new()
    {
        DataFolder = "/nowhere",
        Proxy = new ProxyOptions { Listeners = listeners, DrainTimeout = TimeSpan.FromMilliseconds(100) },
        Dns = new DnsOptions { Endpoint = listeners.Length == 1 ? "127.0.0.1:0" : "[::]:1053", Upstreams = ["127.0.0.1"] },
        Api = new ApiOptions(new IPEndPoint(IPAddress.Loopback, listeners.Length == 1 && listeners[0].Endpoint.Port == 0 ? 0 : 9443), null),
        Policies = new PolicyOptions(Path.Combine(Path.GetTempPath(), "sniproxy-no-policies")),
        Bindings = [],
        Sandboxes = [],
        GuardExempt = [],
        Events = new EventOptions(),
        IsQuiet = true,
    };

    private static PolicyBook Book()
    {
        var book = new PolicyBook(new PolicyOptions("/"), new Guard(), StrictSwitch.Off, TestRevisions.From(0), (_, _) => { });
        book.Publish(ImmutableDictionary<string, Policy>.Empty, ImmutableDictionary<string, string>.Empty);
        return book;
    }

    private static Address Of(string text) => RegistryUnderTest.Of(text);

    private static Cidr Block(string text) => Cidr.TryParse(text, out var block) == CidrSyntax.Valid ? block : throw new ArgumentException(text);
}
