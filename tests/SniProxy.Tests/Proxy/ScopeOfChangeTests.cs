using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SniProxy.Core.Contract;
using SniProxy.Core.Policies;
using SniProxy.Policies;
using SniProxy.Sandboxes;
using SniProxy.Tests.Resolutions;

namespace SniProxy.Tests.Proxy;

/// <summary>
/// Each kind of change ends what it denies, connections and bindings alike, and nothing else. Of three connections one passes because nothing denies
/// it yet, one by a rule, and one is like the first but another sandbox's.
/// </summary>
public sealed class ScopeOfChangeTests
{
    private const string Loose = "default: allow\nrules: [{ audit: [good.example] }, \"other.example:*\"]";
    private const string Closed = "rules: [\"other.example:*\"]";
    private const string Limited = "rules: [{ allow: [\"good.example:*\"], limits: { upload: 1KB/1h } }, \"other.example:*\"]";
    private const string Theirs = "theirs";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    // What stays: the one that nothing denied, the one with a rule, the neighbour's; and of the names, where that differs.
    public static TheoryData<string, string, bool, bool, bool> Changes => new()
    {
        { "policy", Loose, false, true, true },
        { "policy gone", Loose, false, false, true },
        { "strict", Loose, false, true, false },
        { "strict for the policy", Loose, false, true, true },
        { "sandbox strict", Loose, false, true, true },
        { "sandbox policy", Loose, false, false, true },
        { "paused", Loose, false, false, true },
        { "removed", Loose, false, false, true },
        { "replaced", Loose, false, false, true },
        { "grant ended", Closed, false, true, true },
        { "budget spent", Limited, false, true, true },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task EndsWhatItDeniesAndNothingElse(string change, string policy, bool staysLoose, bool staysByRule, bool staysTheirs)
    {
        using var origin = new Origin();
        await using var door = await StartAsync(policy);
        var flows = await OpenAllAsync(door, origin, change);
        bool[] stay = [staysLoose, staysByRule, staysTheirs];
        var names = Bind(door);
        var since = Stopwatch.GetTimestamp();
        await MakeAsync(door, change, flows[0].Client, keep: string.Empty);
        for (var i = 0; i < flows.Length; i++)
        {
            await AssertAsync(flows[i], stay[i]);
        }

        await door.PassedAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, Soon);

        // A budget is one of connections: the name is still to be had.
        Assert.Equal(change == "budget spent" ? [true, true, true] : stay, names.Select(one => IsBound(door, one)));
        foreach (var (client, server) in flows.Where((_, i) => stay[i]))
        {
            await EchoAsync(client, server);
        }

        Assert.Equal(stay.Count(one => one), door.Flows.Open.Count(flow => !flow.IsClosed));
        Dispose(flows);
    }

    // An answer that was on its way is learned for it all the same.
    [Fact]
    public async Task NothingIsKeptForALifeThatHasEnded()
    {
        await using var door = await StartAsync(Loose);
        var lifecycle = door.Sandbox.Lifecycle;
        door.Sandboxes.Remove(ProxyDoor.SandboxId, "test");
        door.Resolutions.Learn(lifecycle, Wire.Host("good.example"), [ProxyDoor.Of("203.0.113.10")], TimeSpan.FromHours(1));
        await door.PassedAsync();
        Assert.DoesNotContain(lifecycle, door.Resolutions.Lifecycles);
    }

    // The policy that judges from now on says it; where there is none, or the sandbox may have nothing, nobody does.
    [Theory]
    [InlineData("policy", Loose, true)]
    [InlineData("strict", Loose, true)]
    [InlineData("strict for the policy", Loose, true)]
    [InlineData("sandbox strict", Loose, true)]
    [InlineData("grant ended", Closed, true)]
    [InlineData("policy gone", Loose, false)]
    [InlineData("sandbox policy", Loose, false)]
    [InlineData("paused", Loose, false)]
    [InlineData("removed", Loose, false)]
    [InlineData("replaced", Loose, false)]
    [InlineData("budget spent", Limited, false)]
    public async Task AKeptConnectionOutlivesWhatOnlyDeniesNewOnes(string change, string policy, bool stays)
    {
        const string Keep = "onRevoke: keep\n";
        using var origin = new Origin();
        await using var door = await StartAsync(Keep + policy);
        var flows = await OpenAllAsync(door, origin, change);
        var names = Bind(door);
        await MakeAsync(door, change, flows[0].Client, Keep);
        await door.PassedAsync();
        await AssertAsync(flows[0], stays);

        // What is kept is the connection: a name that leads nowhere any more is no longer bound.
        Assert.Equal(change == "budget spent", IsBound(door, names[0]));
        Dispose(flows);
    }

    private static async Task<ProxyDoor> StartAsync(string policy)
    {
        var door = await ProxyDoor.OpenAsync(policy);
        Publish(door, policy);
        door.Sandboxes.Put(new SandboxRegistration { Id = Theirs, Addresses = [ProxyDoor.Of("127.0.0.2")], Policy = Theirs }, "test");
        return door;
    }

    private static async Task<(Peer Client, Peer Server)[]> OpenAllAsync(ProxyDoor door, Origin origin, string change)
    {
        if (change == "grant ended")
        {
            Assert.True(EntryReader.TryRead($"good.example:{origin.Port}", isAllow: true, out var entry, out _));
            door.Grants.Add(new GrantOrder { Sandbox = ProxyDoor.SandboxId, Lifecycle = door.Sandbox.Lifecycle, Entries = [entry], Ttl = TimeSpan.FromHours(1) }, "test", isAdmin: false);
        }

        return
        [
            await OpenAsync(door, origin, "good.example", "127.0.0.1"), await OpenAsync(door, origin, "other.example", "127.0.0.1"), await OpenAsync(door, origin, "good.example", "127.0.0.2"),
        ];
    }

    private static async Task<(Peer Client, Peer Server)> OpenAsync(ProxyDoor door, Origin origin, string name, string from)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, door.Port), TestContext.Current.CancellationToken);
        var client = new Peer(socket);
        await client.SendAsync($"POST http://{name}:{origin.Port}/ HTTP/1.1\r\nHost: {name}:{origin.Port}\r\nContent-Length: 1000000\r\n\r\n");
        var server = await origin.AcceptAsync();
        await server.ReadHeadAsync();
        await EchoAsync(client, server);
        return (client, server);
    }

    private static (long Lifecycle, string Name)[] Bind(ProxyDoor door)
    {
        var theirs = door.Sandboxes.Get(Theirs) ?? throw new InvalidOperationException();
        (long Lifecycle, string Name)[] names = [(door.Sandbox.Lifecycle, "good.example"), (door.Sandbox.Lifecycle, "other.example"), (theirs.Lifecycle, "good.example")];
        foreach (var (lifecycle, name) in names)
        {
            door.Resolutions.Learn(lifecycle, Wire.Host(name), [ProxyDoor.Of("203.0.113.1")], TimeSpan.FromMinutes(5));
        }

        return names;
    }

    private static bool IsBound(ProxyDoor door, (long Lifecycle, string Name) one) =>
        door.Resolutions.IsBound(one.Lifecycle, Wire.Host(one.Name), ProxyDoor.Of("203.0.113.1"));

    private static async Task MakeAsync(ProxyDoor door, string change, Peer client, string keep)
    {
        switch (change)
        {
            case "policy":
                Publish(door, keep + Closed);
                break;
            case "policy gone":
                Publish(door, null);
                break;
            case "grant ended":
                door.Grants.Remove(Assert.Single(door.Grants.All).Id, "test");
                break;
            case "budget spent":
                await client.SendAsync(new byte[2_000]);
                break;
            default:
                DoorChange.Make(door, change);
                break;
        }
    }

    private static void Publish(ProxyDoor door, string? policy)
    {
        var policies = ImmutableDictionary<string, Policy>.Empty.Add(Theirs, ProxyDoor.Compile($"name: {Theirs}\n{Loose}"));
        door.Book.Publish(policy is null ? policies : policies.Add("test", ProxyDoor.Compile(policy)), ImmutableDictionary<string, string>.Empty);
    }

    private static Task AssertAsync((Peer Client, Peer Server) flow, bool stays) =>
        stays ? EchoAsync(flow.Client, flow.Server) : Task.WhenAll(flow.Client.HearOutAsync(), flow.Server.HearOutAsync());

    private static async Task EchoAsync(Peer client, Peer server)
    {
        await client.SendAsync("ping");
        Assert.Equal("ping", await server.ReadTextAsync(4));
        await server.SendAsync("pong");
        Assert.Equal("pong", await client.ReadTextAsync(4));
    }

    private static void Dispose((Peer Client, Peer Server)[] flows)
    {
        foreach (var (client, server) in flows)
        {
            client.Dispose();
            server.Dispose();
        }
    }
}
